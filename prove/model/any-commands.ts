import fc from 'fast-check';
import {
  FORWARD,
  UNKNOWN_VERSION,
  UNKNOWN_TICKET,
  WAIT,
  type Command,
  type DefinitionError,
  type WorkflowReading,
  type TicketReading,
  type WorkflowChoice,
} from './commands';
import { soundDraft } from './drafts';
import { SDLC } from './workflow';

const ticket = fc.nat({ max: UNKNOWN_TICKET });
const key = fc.boolean();

const phaseNumber = fc.nat({ max: SDLC.phases.length - 1 });

const to = fc.oneof(
  { weight: 12, arbitrary: phaseNumber },
  { weight: 16, arbitrary: fc.constant(FORWARD) },
  { weight: 6, arbitrary: fc.constant(WAIT) },
  { weight: 1, arbitrary: fc.constantFrom('Done', 'backlog', 'toString', '🚀') },
);

const ifMatch = fc.constantFrom('current', 'older', 'newer', 'any').map((is) => ({ by: 'If-Match' as const, is }));
const expectedVersion = fc
  .constantFrom('current', 'older', 'newer')
  .map((is) => ({ by: 'expected_version' as const, is }));
const expectedPhase = phaseNumber.map((is) => ({ by: 'expected_phase' as const, is }));

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
    reason: fc.constantFrom(null, 'because', 'because', '', ' \n'),
    artifacts: fc.constantFrom(null, {}, { photo: 'before.png' }, { photo: 'before.png' }),
    by: fc.constantFrom('agent-7', 'a human'),
    expects: fc.option(fc.oneof(ifMatch, expectedVersion, expectedPhase), { freq: 2 }),
    key,
  },
  { requiredKeys: ['do', 'ticket', 'to', 'reason', 'expects', 'key'] },
);

/** @param under the workflows of created tickets */
const createUnder = (under: fc.Arbitrary<WorkflowChoice>): fc.Arbitrary<Command> =>
  fc.record(
    {
      do: fc.constant('create' as const),
      under,
      version: fc.constantFrom(1, 1, 1, 1, 2, 3),
      phase: fc.oneof(
        { weight: 2, arbitrary: fc.record({ initial: fc.nat({ max: 7 }) }) },
        { weight: 1, arbitrary: fc.record({ place: phaseNumber }) },
      ),
      priority: fc.constantFrom('CRITICAL', 'LOW'),
      key,
    },
    { requiredKeys: ['do', 'under', 'key'] },
  );

const onTicket = { ticket, expects: fc.option(ifMatch, { freq: 2 }), key };

const bulkItem = fc.record(
  { ticket, to, reason: fc.constantFrom('because', ''), expects: fc.oneof(expectedVersion, expectedPhase) },
  { requiredKeys: ['ticket', 'to'] },
);

/** Commands on tickets. All are valid choices, because the model predicts every response. */
const ON_TICKETS: readonly fc.WeightedArbitrary<Command>[] = [
  { weight: 14, arbitrary: move },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), edits, ...onTicket }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('archive' as const), ...onTicket }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restore' as const), ...onTicket }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('bulk' as const),
      atomic: fc.boolean(),
      items: fc.array(bulkItem, { minLength: 1, maxLength: 4 }),
      key,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      ticket,
      what: fc.constantFrom<TicketReading>('ticket', 'known ticket', 'history', 'options', 'events'),
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
];

const define = fc.record({
  do: fc.constant('define' as const),
  draft: soundDraft,
  again: fc.option(fc.nat({ max: 3 }), { freq: 2 }),
  fault: fc.oneof(
    { weight: 8, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom<DefinitionError>('loop', 'no initial phase', 'built in') },
  ),
  key,
});

const often = fc.constantFrom(true, true, true, false);

const migrate = fc.record({
  do: fc.constant('migrate' as const),
  from: fc.nat({ max: UNKNOWN_VERSION }),
  to: fc.nat({ max: UNKNOWN_VERSION }),
  named: fc.array(fc.tuple(phaseNumber, phaseNumber), { maxLength: 3 }),
  whole: often,
  dry: often.map((isExecuted) => !isExecuted),
  key,
});

const look: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('look' as const),
  what: fc.constantFrom<WorkflowReading>('newest', 'version', 'phases', 'tickets'),
  under: fc.constantFrom<WorkflowChoice>('own', 'own', 'unknown'),
  version: fc.integer({ min: 1, max: 3 }),
});

/** Commands on the built-in workflow alone. */
const built = fc.oneof({ weight: 4, arbitrary: createUnder(fc.constant('built in')) }, ...ON_TICKETS);

/** Commands of a sequence that defines a workflow and mostly uses it. */
const defined = fc.oneof(
  {
    weight: 5,
    arbitrary: createUnder(fc.constantFrom<WorkflowChoice>('own', 'own', 'own', 'own', 'built in', 'unknown')),
  },
  { weight: 3, arbitrary: define },
  { weight: 4, arbitrary: migrate },
  { weight: 3, arbitrary: look },
  { weight: 10, arbitrary: move },
  ...ON_TICKETS,
);

/** Sequences of at most 40 commands. */
const sequenceOf = (command: fc.Arbitrary<Command>): fc.Arbitrary<Command[]> =>
  fc.array(command, { minLength: 1, maxLength: 40, size: 'max' });

/** Two versions, and a ticket in each. */
const first = fc.tuple(soundDraft, soundDraft).map((drafts) =>
  drafts.flatMap((draft): Command[] => [
    { do: 'define', draft, again: null, fault: null, key: false },
    { do: 'create', under: 'own', key: false },
  ]),
);

export const commands: fc.Arbitrary<Command[]> = fc.oneof(
  { weight: 3, arbitrary: sequenceOf(built) },
  { weight: 2, arbitrary: fc.tuple(first, sequenceOf(defined)).map((parts) => parts.flat()) },
);
