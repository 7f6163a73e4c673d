import type { Draft } from './workflow';

/** What a caller says of the ticket that it takes for granted. */
export type Expectation =
  | { readonly by: 'If-Match'; readonly is: 'current' | 'older' | 'newer' | 'any' }
  | { readonly by: 'expected_version'; readonly is: 'current' | 'older' | 'newer' }
  | { readonly by: 'expected_phase'; readonly is: Goal };

/** What is read of a ticket; one that is known already need not be sent again. */
export type Reading = 'ticket' | 'known ticket' | 'history' | 'options' | 'events';

/** A phase of the ticket's workflow by its number in the order of the work, a direction, or a name that may be none. */
export type Goal = number | string;

/** Which workflow a ticket is to be of: the built-in one, the one of the sequence, or one that nobody has. */
export type Under = 'built in' | 'own' | 'nobody';

/** What is wrong with a definition. */
export type Fault = 'loop' | 'no beginning' | 'built in';

/** What is read of workflows. */
export type Look = 'newest' | 'version' | 'phases' | 'tickets';

/** Tickets are named by a number, whatever their ids turn out to be. */
export type Command =
  | {
      readonly do: 'create';
      readonly under: Under;
      /** Undefined: the newest. */
      readonly version?: number;
      /** Undefined: the first initial one. */
      readonly phase?: { readonly initial: number } | { readonly place: number };
      readonly priority?: string;
      readonly key: boolean;
    }
  | {
      readonly do: 'move';
      readonly ticket: number;
      readonly to: Goal;
      readonly reason: string | null;
      readonly artifacts?: object | null;
      readonly by?: string;
      readonly expects: Expectation | null;
      readonly key: boolean;
    }
  | {
      readonly do: 'edit';
      readonly ticket: number;
      readonly edits: Readonly<Record<string, string | null>>;
      readonly expects: Expectation | null;
      readonly key: boolean;
    }
  | {
      readonly do: 'archive' | 'restore';
      readonly ticket: number;
      readonly expects: Expectation | null;
      readonly key: boolean;
    }
  | {
      readonly do: 'bulk';
      readonly atomic: boolean;
      readonly items: readonly {
        readonly ticket: number;
        readonly to: Goal;
        readonly reason?: string;
        readonly expects?: Exclude<Expectation, { by: 'If-Match' }>;
      }[];
      readonly key: boolean;
    }
  | { readonly do: 'read'; readonly ticket: number; readonly what: Reading }
  | { readonly do: 'again'; readonly request: number; readonly same: boolean }
  | {
      readonly do: 'define';
      readonly draft: Draft;
      /** Whether to send the draft of an earlier version instead. */
      readonly again: number | null;
      readonly fault: Fault | null;
      readonly key: boolean;
    }
  | {
      readonly do: 'migrate';
      /** Versions of the workflow by number, whatever there are. */
      readonly from: number;
      readonly to: number;
      /** Phases of the old version with their places in the new one, both by number. */
      readonly named: readonly (readonly [phase: number, place: number])[];
      /** Whether every phase without a namesake gets a place. */
      readonly whole: boolean;
      readonly dry: boolean;
      readonly key: boolean;
    }
  | { readonly do: 'look'; readonly what: Look; readonly under: Under; readonly version: number };

export type TicketCommand = Extract<Command, { expects: Expectation | null }>;

/** The last number stands for a ticket that nobody has. */
export const NOBODY = 11;

/** The last number stands for a version that there is not. */
export const NO_VERSION = 20;

/** Stands for wherever the work goes on, so that tickets get somewhere. */
export const FORWARD = 'forward';

/** Stands for where the workflow has its pause. */
export const PAUSE = 'pause';

/** What every sequence begins with. */
export const BEGINNING: readonly Command[] = [
  { do: 'create', under: 'built in', key: false },
  { do: 'create', under: 'built in', phase: { initial: 4 }, key: true },
];
