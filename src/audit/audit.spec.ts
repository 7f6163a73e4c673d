import fc from 'fast-check';
import { legalTargets, resumePhaseAfter, type TicketState } from '../machine/judge';
import { SDLC, SDLC_GRAPH } from '../machine/sdlc';
import { STORED_SDLC, storedByHand } from '../../test/verify/graphs';
import { wrongReferences } from '../../test/verify/row-references';
import { HOUR, ID, soundRecord, START, type MutableRecord } from '../../test/verify/sound-record';
import { auditTicket } from './audit';
import type { FindingCode } from './finding';
import { WorkflowVersions } from './workflow-versions';
import type { TicketRecord } from './ticket-record';

const RULES = new WorkflowVersions([STORED_SDLC, storedByHand(2, 'chores', [{ from: 'OPEN', to: 'CLOSED' }])]);

function codesOf(record: TicketRecord): FindingCode[] {
  return [...new Set(auditTicket(record, RULES).map(({ code }) => code))].sort();
}

/** Six transitions with an edit and a block among them: versions 2, 4 … 8. */
function busy(): MutableRecord {
  return soundRecord('BACKLOG', 'REQUIREMENTS', 'edited', 'DESIGN', 'BLOCKED', 'DESIGN', 'IMPLEMENTATION', 'TESTING');
}

describe('auditTicket on a sound ticket', () => {
  const SOUND: Record<string, MutableRecord> = {
    'a new ticket': soundRecord('DESIGN'),
    'a ticket that started in a waiting phase': soundRecord('BLOCKED', 'BACKLOG'),
    'a waiting ticket': soundRecord('DEPLOYMENT', 'BLOCKED'),
    'a finished ticket': soundRecord('DEPLOYMENT', 'DONE'),
    'a ticket that moved, was edited, was blocked and resumed': busy(),
    'an archived ticket': soundRecord('BACKLOG', 'edited', 'archived'),
    'a ticket that was archived, restored and moved': soundRecord('BACKLOG', 'archived', 'restored', 'REQUIREMENTS'),
  };
  it.each(Object.entries(SOUND))('finds nothing on %s', (_, record) => {
    expect(auditTicket(record, RULES)).toEqual([]);
  });

  it('finds nothing on any ticket that only made legal transitions', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SDLC.initial), fc.array(fc.nat(), { maxLength: 30 }), (initial, choices) => {
        expect(auditTicket(soundRecord(initial, ...legalSteps(initial, choices)), RULES)).toEqual([]);
      }),
    );
  });

  it('accepts equal times', () => {
    const record = busy();
    for (const row of [...record.moves, ...record.events]) row.at = START;
    record.ticket.phaseEnteredAt = record.ticket.updatedAt = START;
    expect(codesOf(record)).toEqual([]);
  });

  it('accepts times that one statement read from the clock one after the other', () => {
    const record = soundRecord('BACKLOG');
    record.ticket.phaseEnteredAt = START + 1;
    expect(codesOf(record)).toEqual([]);
  });

  it('does not check archived_at after a change that was not recorded', () => {
    const record = soundRecord('BACKLOG', 'edited');
    record.events[1]!.recorded = false;
    record.ticket.archivedAt = START + HOUR;
    expect(codesOf(record)).toEqual([]);
  });

  it('checks a ticket of a workflow without a definition against its edges', () => {
    const record = soundRecord('BACKLOG', 'REQUIREMENTS');
    Object.assign(record.ticket, { graphId: 2, initialPhase: 'OPEN', previousPhase: 'OPEN', phase: 'CLOSED' });
    Object.assign(record.moves[0]!, { graphId: 2, from: 'OPEN', to: 'CLOSED' });
    expect(codesOf(record)).toEqual(['rules_missing']);
    Object.assign(record.ticket, { previousPhase: 'CLOSED', phase: 'OPEN', initialPhase: 'CLOSED' });
    Object.assign(record.moves[0]!, { from: 'CLOSED', to: 'OPEN' });
    expect(codesOf(record)).toEqual(['edge_unknown', 'rules_missing']);
  });
});

function legalSteps(initial: string, choices: readonly number[]): string[] {
  let state: TicketState = { phase: initial, resumePhase: null, archived: false };
  return choices.map((choice) => {
    const targets = [...legalTargets(SDLC_GRAPH, state), 'edited'];
    const step = targets[choice % targets.length]!;
    if (step === 'edited') return step;
    const [from, to] = [SDLC_GRAPH.phases.get(state.phase)!, SDLC_GRAPH.phases.get(step)!];
    state = { phase: step, resumePhase: resumePhaseAfter(state, from, to), archived: false };
    return step;
  });
}

interface Corruption {
  readonly what: string;
  readonly corrupt: (record: MutableRecord) => void;
  readonly codes: readonly FindingCode[];
  readonly of?: () => MutableRecord;
}

const blocked = (): MutableRecord => soundRecord('DESIGN', 'BLOCKED', 'DESIGN', 'IMPLEMENTATION');
const shelved = (): MutableRecord => soundRecord('BACKLOG', 'REQUIREMENTS', 'archived');

const CORRUPTIONS: readonly Corruption[] = [
  {
    what: 'a history row in the middle is missing',
    corrupt: ({ moves }) => moves.splice(1, 1),
    codes: ['event_mismatch', 'sequence_gap'],
  },
  {
    what: 'the last history row is missing',
    corrupt: ({ moves }) => moves.pop(),
    codes: [
      'event_mismatch',
      'phase_entered_at_mismatch',
      'phase_mismatch',
      'previous_phase_mismatch',
      'transition_count_mismatch',
    ],
  },
  {
    what: 'the history is missing',
    of: () => soundRecord('BACKLOG', 'REQUIREMENTS'),
    corrupt: ({ moves }) => moves.pop(),
    codes: [
      'event_mismatch',
      'phase_entered_at_mismatch',
      'phase_mismatch',
      'previous_phase_mismatch',
      'transition_count_mismatch',
    ],
  },
  {
    what: 'a row does not start where the previous one ended',
    corrupt: ({ moves }) => {
      moves[0]!.to = 'BLOCKED';
    },
    codes: ['chain_broken'],
  },
  {
    what: 'the first row does not start in the initial phase',
    corrupt: ({ ticket }) => (ticket.initialPhase = 'BLOCKED'),
    codes: ['chain_start'],
  },
  {
    what: 'a transition has no edge',
    of: () => soundRecord('BACKLOG', 'BLOCKED', 'DONE'),
    corrupt: () => undefined,
    codes: ['edge_unknown'],
  },
  {
    what: 'the ticket started in an unknown phase',
    of: () => soundRecord('BACKLOG'),
    corrupt: ({ ticket }) => (ticket.initialPhase = ticket.phase = 'LIMBO'),
    codes: ['phase_unknown'],
  },
  {
    what: 'the graph of the ticket does not exist',
    corrupt: ({ ticket }) => (ticket.graphId = 99),
    codes: ['graph_unknown'],
  },
  {
    what: 'the graph of a row does not exist',
    corrupt: ({ moves }) => (moves[0]!.graphId = 99),
    codes: ['graph_mismatch', 'graph_unknown'],
  },
  {
    what: 'a row was made under the graph of another workflow',
    corrupt: ({ moves }) => (moves[0]!.graphId = 2),
    codes: ['edge_unknown', 'graph_mismatch', 'rules_missing'],
  },
  {
    what: 'the ticket resumed in a phase that it had not reached',
    of: () => soundRecord('BACKLOG', 'BLOCKED', 'TESTING'),
    corrupt: () => undefined,
    codes: ['resume_rule_broken'],
  },
  {
    what: 'an illegal transition is followed by one that is legal after it',
    of: () => soundRecord('BACKLOG', 'BLOCKED', 'TESTING', 'BLOCKED', 'TESTING'),
    corrupt: () => undefined,
    codes: ['resume_rule_broken'],
  },
  {
    what: 'the ticket was moved while it was archived',
    of: () => soundRecord('BACKLOG', 'archived', 'REQUIREMENTS', 'restored'),
    corrupt: () => undefined,
    codes: ['changed_while_archived'],
  },
  {
    what: 'the ticket was edited while it was archived',
    of: () => soundRecord('BACKLOG', 'archived', 'edited'),
    corrupt: () => undefined,
    codes: ['changed_while_archived'],
  },
  {
    what: 'the ticket is in another phase',
    corrupt: ({ ticket }) => (ticket.phase = 'DONE'),
    codes: ['phase_mismatch'],
  },
  {
    what: 'the ticket never moved and is not in its initial phase',
    of: () => soundRecord('BACKLOG'),
    corrupt: ({ ticket }) => (ticket.phase = 'DONE'),
    codes: ['phase_mismatch'],
  },
  {
    what: 'the previous phase is another one',
    corrupt: ({ ticket }) => (ticket.previousPhase = 'BLOCKED'),
    codes: ['previous_phase_mismatch'],
  },
  {
    what: 'the ticket never moved and has a previous phase',
    of: () => soundRecord('BACKLOG'),
    corrupt: ({ ticket }) => (ticket.previousPhase = 'BLOCKED'),
    codes: ['previous_phase_mismatch'],
  },
  {
    what: 'the transition count is wrong',
    corrupt: ({ ticket }) => ticket.transitionCount--,
    codes: ['transition_count_mismatch'],
  },
  {
    what: 'the resume phase is a later one',
    of: () => soundRecord('DESIGN', 'BLOCKED'),
    corrupt: ({ ticket }) => (ticket.resumePhase = 'DEPLOYMENT'),
    codes: ['resume_phase_mismatch'],
  },
  {
    what: 'the resume phase is missing',
    of: () => soundRecord('DESIGN', 'BLOCKED'),
    corrupt: ({ ticket }) => (ticket.resumePhase = null),
    codes: ['resume_phase_mismatch'],
  },
  {
    what: 'a ticket that is not waiting has a resume phase',
    of: blocked,
    corrupt: ({ ticket }) => (ticket.resumePhase = 'DESIGN'),
    codes: ['resume_phase_mismatch'],
  },
  {
    what: 'the ticket is not archived and its events archive it',
    of: shelved,
    corrupt: ({ ticket }) => (ticket.archivedAt = null),
    codes: ['archived_at_mismatch'],
  },
  {
    what: 'the ticket is archived and its events do not archive it',
    of: blocked,
    corrupt: ({ ticket }) => (ticket.archivedAt = START + HOUR),
    codes: ['archived_at_mismatch'],
  },
  {
    what: 'archived_at is another time',
    of: shelved,
    corrupt: ({ ticket }) => (ticket.archivedAt = START),
    codes: ['archived_at_mismatch'],
  },
  {
    what: 'two transitions have the same version',
    corrupt: ({ moves }) => (moves[1]!.version = 2),
    codes: ['event_mismatch', 'move_version_order'],
  },
  {
    what: 'the first transition has version 1',
    of: () => soundRecord('BACKLOG', 'REQUIREMENTS'),
    corrupt: ({ moves }) => (moves[0]!.version = 1),
    codes: ['event_mismatch', 'move_version_order'],
  },
  {
    what: 'a transition has a version that the ticket has not reached',
    corrupt: ({ moves }) => (moves.at(-1)!.version = 12),
    codes: ['event_mismatch', 'move_version_ahead'],
  },
  { what: 'an event is missing', corrupt: ({ events }) => events.splice(2, 1), codes: ['event_missing'] },
  {
    what: 'the event of a transition is missing',
    corrupt: ({ events }) => events.splice(1, 1),
    codes: ['event_missing'],
  },
  { what: 'the event of the creation is missing', corrupt: ({ events }) => events.shift(), codes: ['event_missing'] },
  { what: 'all events are missing', corrupt: ({ events }) => events.splice(0), codes: ['event_missing'] },
  {
    what: 'the version of the ticket is too high',
    corrupt: ({ ticket }) => ticket.version++,
    codes: ['event_missing'],
  },
  {
    what: 'the version of the ticket is too low',
    corrupt: ({ ticket }) => ticket.version--,
    codes: ['event_ahead', 'move_version_ahead'],
  },
  {
    what: 'the first event is an edit',
    corrupt: ({ events }) => (events[0]!.type = 'edited'),
    codes: ['event_type_wrong'],
  },
  {
    what: 'the ticket has two creation events',
    corrupt: ({ events }) => Object.assign(events[2]!, { type: 'created', at: START }),
    codes: ['event_type_wrong'],
  },
  {
    what: 'a ticket that was not archived was restored',
    corrupt: ({ events }) => (events[2]!.type = 'restored'),
    codes: ['event_type_wrong'],
  },
  {
    what: 'the ticket was archived twice',
    of: () => soundRecord('BACKLOG', 'archived', 'archived'),
    corrupt: () => undefined,
    codes: ['event_type_wrong'],
  },
  {
    what: 'the event of a transition is an edit',
    corrupt: ({ events }) => Object.assign(events[1]!, { type: 'edited', sequence: null, recorded: true }),
    codes: ['event_mismatch'],
  },
  {
    what: 'the event of an edit is a transition',
    corrupt: ({ events }) => Object.assign(events[2]!, { type: 'moved', sequence: 2 }),
    codes: ['event_mismatch'],
  },
  {
    what: 'an event names another history row',
    corrupt: ({ events }) => (events[1]!.sequence = 2),
    codes: ['event_mismatch'],
  },
  {
    what: 'the event of a transition names no history row',
    corrupt: ({ events }) => (events[1]!.sequence = null),
    codes: ['event_mismatch'],
  },
  {
    what: 'a transition is earlier than the previous one',
    corrupt: ({ moves, events }) => (moves[1]!.at = events[3]!.at = moves[0]!.at - 1),
    codes: ['time_falls'],
  },
  {
    what: 'the first transition is earlier than the creation',
    corrupt: ({ moves, events }) => (moves[0]!.at = events[1]!.at = START - 1),
    codes: ['moved_before_created'],
  },
  {
    what: 'phase_entered_at is another time',
    corrupt: ({ ticket }) => ticket.phaseEnteredAt++,
    codes: ['phase_entered_at_mismatch'],
  },
  {
    what: 'the ticket never moved and entered its phase after its creation',
    of: () => soundRecord('BACKLOG', 'edited'),
    corrupt: ({ ticket }) => (ticket.phaseEnteredAt += HOUR),
    codes: ['phase_entered_at_mismatch'],
  },
  {
    what: 'phase_entered_at is infinity',
    corrupt: ({ ticket }) => (ticket.phaseEnteredAt = Infinity),
    codes: ['phase_entered_at_mismatch'],
  },
  {
    what: 'updated_at is earlier than the last transition',
    corrupt: ({ ticket }) => (ticket.updatedAt = ticket.phaseEnteredAt - 1),
    codes: ['updated_at_early'],
  },
  {
    what: 'updated_at is earlier than the creation',
    of: () => soundRecord('BACKLOG'),
    corrupt: ({ ticket }) => (ticket.updatedAt = START - HOUR),
    codes: ['updated_at_early'],
  },
  {
    what: 'the event of a transition has another time',
    corrupt: ({ events }) => events[1]!.at++,
    codes: ['event_time_mismatch'],
  },
  {
    what: 'the event of the creation has another time',
    corrupt: ({ events }) => (events[0]!.at -= HOUR),
    codes: ['event_time_mismatch'],
  },
  {
    what: 'the event of an edit is later than updated_at',
    corrupt: ({ events }) => (events[2]!.at += 100 * HOUR),
    codes: ['event_time_mismatch'],
  },
];

describe('auditTicket on a corrupted ticket', () => {
  it.each(CORRUPTIONS)('reports $codes if $what', ({ of = busy, corrupt, codes }) => {
    const record = of();
    corrupt(record);
    expect(codesOf(record)).toEqual(codes);
  });

  it.each(CORRUPTIONS)('refers to the row that the sentence names if $what', ({ of = busy, corrupt }) => {
    const record = of();
    corrupt(record);
    expect(wrongReferences(record, RULES)).toEqual([]);
  });

  it('returns the id of the ticket and a sentence with each finding', () => {
    const record = busy();
    record.ticket.phase = 'DONE';
    expect(auditTicket(record, RULES)).toEqual([
      {
        code: 'phase_mismatch',
        ticket_id: ID,
        detail: 'phase_id is DONE; its last transition is history row 6, so TESTING was expected.',
      },
    ]);
  });

  it('returns one finding for a range of missing events', () => {
    const record = busy();
    record.ticket.version = 2_147_483_647;
    expect(auditTicket(record, RULES).map(({ detail }) => detail)).toEqual(['Versions 9 to 2147483647 have no event.']);
  });
});
