import type { Draft } from './workflow';

/** A precondition of a request. */
export type Precondition =
  | { readonly by: 'If-Match'; readonly is: 'current' | 'older' | 'newer' | 'any' }
  | { readonly by: 'expected_version'; readonly is: 'current' | 'older' | 'newer' }
  | { readonly by: 'expected_phase'; readonly is: TargetPhase };

/** The reads of a ticket. `known ticket` is a conditional request, which receives 304. */
export type TicketReading = 'ticket' | 'known ticket' | 'history' | 'options' | 'events';

/** A phase by its number in the workflow's order, a direction, or a name that may not exist. */
export type TargetPhase = number | string;

/** The workflow of a command: the built-in one, the sequence's own, or one that does not exist. */
export type WorkflowChoice = 'built in' | 'own' | 'unknown';

/** An error in a definition. */
export type DefinitionError = 'loop' | 'no initial phase' | 'built in';

/** The reads of workflows. */
export type WorkflowReading = 'newest' | 'version' | 'phases' | 'tickets';

/** A command. Tickets are referred to by number, because the server chooses their ids. */
export type Command =
  | {
      readonly do: 'create';
      readonly under: WorkflowChoice;
      /** The default is the newest version. */
      readonly version?: number;
      /** The default is the first initial phase. */
      readonly phase?: { readonly initial: number } | { readonly place: number };
      readonly priority?: string;
      readonly key: boolean;
    }
  | {
      readonly do: 'move';
      readonly ticket: number;
      readonly to: TargetPhase;
      readonly reason: string | null;
      readonly artifacts?: object | null;
      readonly by?: string;
      readonly expects: Precondition | null;
      readonly key: boolean;
    }
  | {
      readonly do: 'edit';
      readonly ticket: number;
      readonly edits: Readonly<Record<string, string | null>>;
      readonly expects: Precondition | null;
      readonly key: boolean;
    }
  | {
      readonly do: 'archive' | 'restore';
      readonly ticket: number;
      readonly expects: Precondition | null;
      readonly key: boolean;
    }
  | {
      readonly do: 'bulk';
      readonly atomic: boolean;
      readonly items: readonly {
        readonly ticket: number;
        readonly to: TargetPhase;
        readonly reason?: string;
        readonly expects?: Exclude<Precondition, { by: 'If-Match' }>;
      }[];
      readonly key: boolean;
    }
  | { readonly do: 'read'; readonly ticket: number; readonly what: TicketReading }
  | { readonly do: 'again'; readonly request: number; readonly same: boolean }
  | {
      readonly do: 'define';
      readonly draft: Draft;
      /** The earlier version whose draft is sent instead; null: none. */
      readonly again: number | null;
      readonly fault: DefinitionError | null;
      readonly key: boolean;
    }
  | {
      readonly do: 'migrate';
      /** Versions of the workflow by number, modulo the number of versions. */
      readonly from: number;
      readonly to: number;
      /** A mapping from phases of the old version to phases of the new one, both by number. */
      readonly named: readonly (readonly [phase: number, place: number])[];
      /** True: every phase is mapped. */
      readonly whole: boolean;
      readonly dry: boolean;
      readonly key: boolean;
    }
  | { readonly do: 'look'; readonly what: WorkflowReading; readonly under: WorkflowChoice; readonly version: number };

export type TicketCommand = Extract<Command, { expects: Precondition | null }>;

/** The number of a ticket that does not exist. */
export const UNKNOWN_TICKET = 11;

/** The number of a version that does not exist. */
export const UNKNOWN_VERSION = 20;

/** Stands for the next phase, so that tickets make progress. */
export const FORWARD = 'forward';

/** Stands for the workflow's waiting phase. */
export const WAIT = 'wait';

/** The first commands of every sequence. */
export const PRELUDE: readonly Command[] = [
  { do: 'create', under: 'built in', key: false },
  { do: 'create', under: 'built in', phase: { initial: 4 }, key: true },
];
