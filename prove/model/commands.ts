import fc from 'fast-check';
import { PHASES, WORK } from './rules';

/** What a caller says of the ticket that it takes for granted. */
export type Expectation =
  | { readonly by: 'If-Match' | 'expected_version'; readonly is: 'current' | 'older' | 'newer' }
  | { readonly by: 'If-Match'; readonly is: 'any' }
  | { readonly by: 'expected_phase'; readonly is: string };

/** What is read of a ticket; one that is known already need not be sent again. */
export type Reading = 'ticket' | 'known ticket' | 'history' | 'options' | 'events';

/** Tickets are named by a number, whatever their ids turn out to be. */
export type Command =
  | { readonly do: 'create'; readonly phase?: string; readonly priority?: string; readonly key: boolean }
  | {
      readonly do: 'move';
      readonly ticket: number;
      readonly to: string;
      readonly reason: string | null;
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
      readonly items: readonly { readonly ticket: number; readonly to: string }[];
      readonly key: boolean;
    }
  | { readonly do: 'read'; readonly ticket: number; readonly what: Reading }
  | { readonly do: 'again'; readonly request: number; readonly same: boolean };

export type TicketCommand = Extract<Command, { expects: Expectation | null }>;

/** The last number stands for a ticket that nobody has. */
export const NOBODY = 11;
const ticket = fc.nat({ max: NOBODY });
const key = fc.boolean();

/** Stands for wherever the work goes on, so that tickets get somewhere. */
export const FORWARD = 'forward';

const to = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...PHASES) },
  { weight: 16, arbitrary: fc.constant(FORWARD) },
  { weight: 6, arbitrary: fc.constant('BLOCKED') },
  { weight: 1, arbitrary: fc.constantFrom('Done', 'backlog', 'toString', '🚀') },
);

const ifMatch = fc
  .constantFrom('current', 'older', 'newer', 'any')
  .map((is) => ({ by: 'If-Match', is }) as Expectation);
const expectedVersion = fc
  .constantFrom('current', 'older', 'newer')
  .map((is) => ({ by: 'expected_version', is }) as Expectation);
const expectedPhase = fc.constantFrom(...PHASES).map((is) => ({ by: 'expected_phase', is }) as Expectation);

const edits = fc.record(
  {
    title: fc.constantFrom('one', 'two', 'Ünïcödé 🎫'),
    description: fc.constantFrom(null, '', 'why', 'x'.repeat(2_000)),
    priority: fc.constantFrom('LOW', 'HIGH'),
  },
  { requiredKeys: [] },
);

const move = fc.record(
  {
    do: fc.constant('move' as const),
    ticket,
    to,
    reason: fc.constantFrom(null, 'because', ''),
    by: fc.constantFrom('agent-7', 'a human'),
    expects: fc.option(fc.oneof(ifMatch, expectedVersion, expectedPhase), { freq: 2 }),
    key,
  },
  { requiredKeys: ['do', 'ticket', 'to', 'reason', 'expects', 'key'] },
);

const create = fc.record(
  {
    do: fc.constant('create' as const),
    phase: fc.constantFrom<string>(...WORK, 'BLOCKED'),
    priority: fc.constantFrom('CRITICAL', 'LOW'),
    key,
  },
  { requiredKeys: ['do', 'key'] },
);

const onTicket = { ticket, expects: fc.option(ifMatch, { freq: 2 }), key };

/** One command; none is impossible, since the model knows what every one is answered with. */
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: create },
  { weight: 14, arbitrary: move },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), edits, ...onTicket }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('archive' as const), ...onTicket }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restore' as const), ...onTicket }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('bulk' as const),
      atomic: fc.boolean(),
      items: fc.array(fc.record({ ticket, to }), { minLength: 1, maxLength: 4 }),
      key,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      ticket,
      what: fc.constantFrom<Reading>('ticket', 'known ticket', 'history', 'options', 'events'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('again' as const),
      request: fc.nat({ max: 20 }),
      same: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    }),
  },
);

/** What every sequence begins with. */
export const BEGINNING: readonly Command[] = [
  { do: 'create', key: false },
  { do: 'create', phase: 'TESTING', key: true },
];

export const commands = fc.array(command, { minLength: 1, maxLength: 40, size: 'max' });
