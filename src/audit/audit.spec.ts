import fc from 'fast-check';
import { legalTargets, resumePhaseAfter, type TicketState } from '../machine/judge';
import { SDLC, SDLC_GRAPH } from '../machine/sdlc';
import { STORED_SDLC, storedByHand } from '../../test/verify/graphs';
import { mistoldRows } from '../../test/verify/told-rows';
import { HOUR, ID, lived, START, type Changeable } from '../../test/verify/lived';
import { auditTicket } from './audit';
import type { FindingCode } from './finding';
import { Rulebook } from './rulebook';
import type { TicketRecord } from './ticket-record';

const RULES = new Rulebook([STORED_SDLC, storedByHand(2, 'chores', [{ from: 'OPEN', to: 'CLOSED' }])]);

function codesOf(record: TicketRecord): FindingCode[] {
  return [...new Set(auditTicket(record, RULES).map(({ code }) => code))].sort();
}

/** Six moves with an edit, a block and a regression between them: versions 2, 4 … 8. */
function busy(): Changeable {
  return lived('BACKLOG', 'REQUIREMENTS', 'edited', 'DESIGN', 'BLOCKED', 'DESIGN', 'IMPLEMENTATION', 'TESTING');
}

describe('a sound ticket', () => {
  const SOUND: Record<string, Changeable> = {
    'that was just created': lived('DESIGN'),
    'that began in a waiting phase': lived('BLOCKED', 'BACKLOG'),
    'that waits': lived('DEPLOYMENT', 'BLOCKED'),
    'that is done': lived('DEPLOYMENT', 'DONE'),
    'that moved, was edited, was blocked and went on': busy(),
    'that is archived': lived('BACKLOG', 'edited', 'archived'),
    'that was archived, restored and moved': lived('BACKLOG', 'archived', 'restored', 'REQUIREMENTS'),
  };
  it.each(Object.entries(SOUND))('%s has no findings', (_, record) => {
    expect(auditTicket(record, RULES)).toEqual([]);
  });

  it('has none, whatever it did within the rules', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SDLC.initial), fc.array(fc.nat(), { maxLength: 30 }), (initial, choices) => {
        expect(auditTicket(lived(initial, ...legalSteps(initial, choices)), RULES)).toEqual([]);
      }),
    );
  });

  it('may have equal times', () => {
    const record = busy();
    for (const row of [...record.moves, ...record.events]) row.at = START;
    record.ticket.phaseEnteredAt = record.ticket.updatedAt = START;
    expect(codesOf(record)).toEqual([]);
  });

  it('that never moved may have times that were taken one after the other', () => {
    const record = lived('BACKLOG');
    record.ticket.phaseEnteredAt = START + 1;
    expect(codesOf(record)).toEqual([]);
  });

  it('may have been archived before there were events: then nobody knows', () => {
    const record = lived('BACKLOG', 'edited');
    record.events[1]!.recorded = false;
    record.ticket.archivedAt = START + HOUR;
    expect(codesOf(record)).toEqual([]);
  });

  it('of a workflow that is not known is held against its edges', () => {
    const record = lived('BACKLOG', 'REQUIREMENTS');
    Object.assign(record.ticket, { graphId: 2, initialPhase: 'OPEN', previousPhase: 'OPEN', phase: 'CLOSED' });
    Object.assign(record.moves[0]!, { graphId: 2, from: 'OPEN', to: 'CLOSED' });
    expect(codesOf(record)).toEqual([]);
    Object.assign(record.ticket, { previousPhase: 'CLOSED', phase: 'OPEN', initialPhase: 'CLOSED' });
    Object.assign(record.moves[0]!, { from: 'CLOSED', to: 'OPEN' });
    expect(codesOf(record)).toEqual(['edge_unknown']);
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

interface Lie {
  readonly what: string;
  readonly tell: (record: Changeable) => void;
  readonly codes: readonly FindingCode[];
  readonly of?: () => Changeable;
}

const blocked = (): Changeable => lived('DESIGN', 'BLOCKED', 'DESIGN', 'IMPLEMENTATION');
const shelved = (): Changeable => lived('BACKLOG', 'REQUIREMENTS', 'archived');

const LIES: readonly Lie[] = [
  {
    what: 'a row in the middle is gone',
    tell: ({ moves }) => moves.splice(1, 1),
    codes: ['event_mismatch', 'sequence_gap'],
  },
  {
    what: 'the last row is gone',
    tell: ({ moves }) => moves.pop(),
    codes: [
      'event_mismatch',
      'phase_entered_at_mismatch',
      'phase_mismatch',
      'previous_phase_mismatch',
      'transition_count_mismatch',
    ],
  },
  {
    what: 'the history is gone',
    of: () => lived('BACKLOG', 'REQUIREMENTS'),
    tell: ({ moves }) => moves.pop(),
    codes: [
      'event_mismatch',
      'phase_entered_at_mismatch',
      'phase_mismatch',
      'previous_phase_mismatch',
      'transition_count_mismatch',
    ],
  },
  {
    what: 'two rows do not join',
    tell: ({ moves }) => {
      moves[0]!.to = 'BLOCKED';
    },
    codes: ['chain_broken'],
  },
  {
    what: 'the first row starts elsewhere',
    tell: ({ ticket }) => (ticket.initialPhase = 'BLOCKED'),
    codes: ['chain_start'],
  },
  {
    what: 'a move has no edge',
    of: () => lived('BACKLOG', 'BLOCKED', 'DONE'),
    tell: () => undefined,
    codes: ['edge_unknown'],
  },
  {
    what: 'it began in a phase that does not exist',
    of: () => lived('BACKLOG'),
    tell: ({ ticket }) => (ticket.initialPhase = ticket.phase = 'LIMBO'),
    codes: ['phase_unknown'],
  },
  { what: 'its graph does not exist', tell: ({ ticket }) => (ticket.graphId = 99), codes: ['graph_unknown'] },
  {
    what: 'the graph of a row does not exist',
    tell: ({ moves }) => (moves[0]!.graphId = 99),
    codes: ['graph_mismatch', 'graph_unknown'],
  },
  {
    what: 'a row was made under another graph',
    tell: ({ moves }) => (moves[0]!.graphId = 2),
    codes: ['edge_unknown', 'graph_mismatch'],
  },
  {
    what: 'a pause was a shortcut',
    of: () => lived('BACKLOG', 'BLOCKED', 'TESTING'),
    tell: () => undefined,
    codes: ['resume_rule_broken'],
  },
  {
    what: 'a refused move is followed by one that would be allowed after it',
    of: () => lived('BACKLOG', 'BLOCKED', 'TESTING', 'BLOCKED', 'TESTING'),
    tell: () => undefined,
    codes: ['resume_rule_broken'],
  },
  {
    what: 'it was moved while it was archived',
    of: () => lived('BACKLOG', 'archived', 'REQUIREMENTS', 'restored'),
    tell: () => undefined,
    codes: ['changed_while_archived'],
  },
  {
    what: 'it was edited while it was archived',
    of: () => lived('BACKLOG', 'archived', 'edited'),
    tell: () => undefined,
    codes: ['changed_while_archived'],
  },
  { what: 'it is elsewhere', tell: ({ ticket }) => (ticket.phase = 'DONE'), codes: ['phase_mismatch'] },
  {
    what: 'it never moved, and is elsewhere',
    of: () => lived('BACKLOG'),
    tell: ({ ticket }) => (ticket.phase = 'DONE'),
    codes: ['phase_mismatch'],
  },
  {
    what: 'it came from elsewhere',
    tell: ({ ticket }) => (ticket.previousPhase = 'BLOCKED'),
    codes: ['previous_phase_mismatch'],
  },
  {
    what: 'it never moved, and came from somewhere',
    of: () => lived('BACKLOG'),
    tell: ({ ticket }) => (ticket.previousPhase = 'BLOCKED'),
    codes: ['previous_phase_mismatch'],
  },
  { what: 'its count is wrong', tell: ({ ticket }) => ticket.transitionCount--, codes: ['transition_count_mismatch'] },
  {
    what: 'it may resume further on',
    of: () => lived('DESIGN', 'BLOCKED'),
    tell: ({ ticket }) => (ticket.resumePhase = 'DEPLOYMENT'),
    codes: ['resume_phase_mismatch'],
  },
  {
    what: 'it may resume nowhere',
    of: () => lived('DESIGN', 'BLOCKED'),
    tell: ({ ticket }) => (ticket.resumePhase = null),
    codes: ['resume_phase_mismatch'],
  },
  {
    what: 'it may resume though it does not wait',
    of: blocked,
    tell: ({ ticket }) => (ticket.resumePhase = 'DESIGN'),
    codes: ['resume_phase_mismatch'],
  },
  {
    what: 'it is not archived, against its events',
    of: shelved,
    tell: ({ ticket }) => (ticket.archivedAt = null),
    codes: ['archived_at_mismatch'],
  },
  {
    what: 'it is archived, against its events',
    of: blocked,
    tell: ({ ticket }) => (ticket.archivedAt = START + HOUR),
    codes: ['archived_at_mismatch'],
  },
  {
    what: 'it was archived at another time',
    of: shelved,
    tell: ({ ticket }) => (ticket.archivedAt = START),
    codes: ['archived_at_mismatch'],
  },
  {
    what: 'two moves made the same version',
    tell: ({ moves }) => (moves[1]!.version = 2),
    codes: ['event_mismatch', 'move_version_order'],
  },
  {
    what: 'the first move made the first version',
    of: () => lived('BACKLOG', 'REQUIREMENTS'),
    tell: ({ moves }) => (moves[0]!.version = 1),
    codes: ['event_mismatch', 'move_version_order'],
  },
  {
    what: 'a move made a version to come',
    tell: ({ moves }) => (moves.at(-1)!.version = 12),
    codes: ['event_mismatch', 'move_version_ahead'],
  },
  { what: 'an event is gone', tell: ({ events }) => events.splice(2, 1), codes: ['event_missing'] },
  { what: 'the event of a move is gone', tell: ({ events }) => events.splice(1, 1), codes: ['event_missing'] },
  { what: 'the event of the creation is gone', tell: ({ events }) => events.shift(), codes: ['event_missing'] },
  { what: 'all events are gone', tell: ({ events }) => events.splice(0), codes: ['event_missing'] },
  { what: 'the version is higher', tell: ({ ticket }) => ticket.version++, codes: ['event_missing'] },
  {
    what: 'the version is lower',
    tell: ({ ticket }) => ticket.version--,
    codes: ['event_ahead', 'move_version_ahead'],
  },
  {
    what: 'it was created by an edit',
    tell: ({ events }) => (events[0]!.type = 'edited'),
    codes: ['event_type_wrong'],
  },
  {
    what: 'it was created twice',
    tell: ({ events }) => Object.assign(events[2]!, { type: 'created', at: START }),
    codes: ['event_type_wrong'],
  },
  {
    what: 'it was restored, and was not archived',
    tell: ({ events }) => (events[2]!.type = 'restored'),
    codes: ['event_type_wrong'],
  },
  {
    what: 'it was archived twice',
    of: () => lived('BACKLOG', 'archived', 'archived'),
    tell: () => undefined,
    codes: ['event_type_wrong'],
  },
  {
    what: 'a move is told as an edit',
    tell: ({ events }) => Object.assign(events[1]!, { type: 'edited', sequence: null, recorded: true }),
    codes: ['event_mismatch'],
  },
  {
    what: 'an edit is told as a move',
    tell: ({ events }) => Object.assign(events[2]!, { type: 'moved', sequence: 2 }),
    codes: ['event_mismatch'],
  },
  {
    what: 'an event names another move',
    tell: ({ events }) => (events[1]!.sequence = 2),
    codes: ['event_mismatch'],
  },
  {
    what: 'an event names no move',
    tell: ({ events }) => (events[1]!.sequence = null),
    codes: ['event_mismatch'],
  },
  {
    what: 'times fall',
    tell: ({ moves, events }) => (moves[1]!.at = events[3]!.at = moves[0]!.at - 1),
    codes: ['time_falls'],
  },
  {
    what: 'it moved before it was created',
    tell: ({ moves, events }) => (moves[0]!.at = events[1]!.at = START - 1),
    codes: ['moved_before_created'],
  },
  {
    what: 'it entered its phase at another time',
    tell: ({ ticket }) => ticket.phaseEnteredAt++,
    codes: ['phase_entered_at_mismatch'],
  },
  {
    what: 'it never moved, and entered its phase later',
    of: () => lived('BACKLOG', 'edited'),
    tell: ({ ticket }) => (ticket.phaseEnteredAt += HOUR),
    codes: ['phase_entered_at_mismatch'],
  },
  {
    what: 'it entered its phase at infinity',
    tell: ({ ticket }) => (ticket.phaseEnteredAt = Infinity),
    codes: ['phase_entered_at_mismatch'],
  },
  {
    what: 'it changed before its last move',
    tell: ({ ticket }) => (ticket.updatedAt = ticket.phaseEnteredAt - 1),
    codes: ['updated_at_early'],
  },
  {
    what: 'it changed before it was created',
    of: () => lived('BACKLOG'),
    tell: ({ ticket }) => (ticket.updatedAt = START - HOUR),
    codes: ['updated_at_early'],
  },
  {
    what: 'the event of a move is of another time',
    tell: ({ events }) => events[1]!.at++,
    codes: ['event_time_mismatch'],
  },
  {
    what: 'the event of the creation is of another time',
    tell: ({ events }) => (events[0]!.at -= HOUR),
    codes: ['event_time_mismatch'],
  },
  {
    what: 'an edit is later than the last change',
    tell: ({ events }) => (events[2]!.at += 100 * HOUR),
    codes: ['event_time_mismatch'],
  },
];

describe('a ticket that lies', () => {
  it.each(LIES)('$what: $codes', ({ of = busy, tell, codes }) => {
    const record = of();
    tell(record);
    expect(codesOf(record)).toEqual(codes);
  });

  it.each(LIES)('is told with the row that lies: $what', ({ of = busy, tell }) => {
    const record = of();
    tell(record);
    expect(mistoldRows(record, RULES)).toEqual([]);
  });

  it('is told with its id and a sentence', () => {
    const record = busy();
    record.ticket.phase = 'DONE';
    expect(auditTicket(record, RULES)).toEqual([
      {
        code: 'phase_mismatch',
        ticket_id: ID,
        detail: 'phase_id is DONE; its last move is history row 6, so it should be TESTING.',
      },
    ]);
  });

  it('has one sentence for a row of missing events, however long', () => {
    const record = busy();
    record.ticket.version = 2_147_483_647;
    expect(auditTicket(record, RULES).map(({ detail }) => detail)).toEqual(['Versions 9 to 2147483647 have no event.']);
  });
});
