import fc from 'fast-check';
import {
  ONE,
  STORED_REPAIRS,
  STORED_SDLC,
  storedPlan,
  storedVersion,
  THREE,
  TO_THREE,
  TO_TWO,
  TWO,
} from '../../test/verify/graphs';
import { anyMapping, anyWorkflow } from '../../test/verify/any-workflow';
import { soundRecordUnder, type MutableRecord, type RecordStep } from '../../test/verify/sound-record';
import { wrongReferences } from '../../test/verify/row-references';
import { judge, NONE_MET } from '../machine/judge';
import { auditTicket } from './audit';
import type { FindingCode } from './finding';
import { stateAfterPlan } from './ticket-path';
import { WorkflowVersions } from './workflow-versions';
import type { TicketRecord } from './ticket-record';

const RULES = new WorkflowVersions([STORED_SDLC, ...STORED_REPAIRS]);

function repair(initial: string, ...steps: RecordStep[]): MutableRecord {
  return soundRecordUnder(RULES, ONE, initial, ...steps);
}

function codesOf(record: TicketRecord, rules = RULES): FindingCode[] {
  return [...new Set(auditTicket(record, rules).map(({ code }) => code))].sort();
}

const moved = () => repair('taken in', 'on the bench', { by: TO_TWO }, 'ready');
const kept = () => repair('taken in', 'on the bench', 'ready', { by: TO_TWO }, 'fetched');
const paused = () => repair('taken in', 'on the bench', 'waiting for parts', { by: TO_TWO }, 'edited');

describe('auditTicket on a sound ticket of a defined workflow', () => {
  const SOUND: Record<string, MutableRecord> = {
    'a ticket that only made transitions': repair(
      'promised',
      'taken in',
      'on the bench',
      'waiting for parts',
      'on the bench',
      'ready',
    ),
    'a ticket that never moved': repair('promised'),
    'a ticket whose transition met exactly its requirements': repair('taken in', 'on the bench', {
      to: 'waiting for parts',
      met: { reason: true, artifacts: false },
    }),
    'a ticket that was migrated to another phase': moved(),
    'a ticket that was migrated and kept its phase': kept(),
    'a ticket that never moved and was migrated': repair('taken in', { by: TO_TWO }),
    'a ticket that was moved by a migration only': repair('promised', { by: TO_TWO }, 'edited'),
    'a waiting ticket that still waits after its migration': paused(),
    'a waiting ticket that resumed in its mapped phase': repair(
      'taken in',
      'on the bench',
      'waiting for parts',
      { by: TO_TWO },
      'repair',
    ),
    'a ticket that was migrated twice': repair(
      'taken in',
      'on the bench',
      { by: TO_TWO },
      'waiting for parts',
      { by: TO_THREE },
      'on the bench',
      'ready',
    ),
    'a ticket that kept its phase in two migrations': repair(
      'taken in',
      'on the bench',
      'ready',
      { by: TO_TWO },
      { by: TO_THREE },
    ),
    'a ticket that was archived after its migration': repair('taken in', { by: TO_TWO }, 'archived'),
  };
  it.each(Object.entries(SOUND))('finds nothing on %s', (_, record) => {
    expect(auditTicket(record, RULES)).toEqual([]);
  });
});

interface Corruption {
  readonly what: string;
  readonly of: () => MutableRecord;
  readonly corrupt: (record: MutableRecord) => void;
  readonly codes: readonly FindingCode[];
}

const CORRUPTIONS: readonly Corruption[] = [
  {
    what: 'a transition lacks a required reason',
    of: () => repair('taken in', 'on the bench', { to: 'waiting for parts', met: NONE_MET }),
    corrupt: () => undefined,
    codes: ['requirement_missing'],
  },
  {
    what: 'the ticket resumed in a phase that it had not reached',
    of: () => repair('promised', 'waiting for parts', 'ready'),
    corrupt: () => undefined,
    codes: ['resume_rule_broken'],
  },
  {
    what: 'the ticket resumed in a phase that it had not reached after a migration',
    of: () => repair('promised', 'waiting for parts', { by: TO_TWO }, 'repair'),
    corrupt: () => undefined,
    codes: ['resume_rule_broken'],
  },
  {
    what: 'the kind of a migration is transition',
    of: moved,
    corrupt: ({ moves }) => (moves[1]!.kind = 'transition'),
    codes: ['event_mismatch', 'kind_mismatch'],
  },
  {
    what: 'the kind of a transition is migration',
    of: moved,
    corrupt: ({ moves }) => (moves[0]!.kind = 'migration'),
    codes: ['event_mismatch', 'kind_mismatch'],
  },
  {
    what: 'the event of a migration is a transition',
    of: moved,
    corrupt: ({ events }) => (events[2]!.type = 'moved'),
    codes: ['event_mismatch'],
  },
  {
    what: 'a migration leads to a phase that its plan does not map to',
    of: moved,
    corrupt: ({ ticket, moves }) => (moves[1]!.to = moves[2]!.from = ticket.previousPhase = 'diagnosis'),
    codes: ['edge_unknown'],
  },
  {
    what: 'a migration was made by another plan',
    of: moved,
    corrupt: ({ moves }) => (moves[1]!.graphId = TO_THREE),
    codes: ['edge_unknown', 'event_mismatch', 'graph_mismatch'],
  },
  {
    what: 'a transition after a migration was made under the old version',
    of: moved,
    corrupt: ({ moves }) => (moves[2]!.graphId = ONE),
    codes: ['edge_unknown', 'graph_mismatch', 'migration_untold'],
  },
  {
    what: 'the ticket is under the old version after a migration',
    of: moved,
    corrupt: ({ ticket }) => (ticket.graphId = ONE),
    codes: ['graph_mismatch'],
  },
  {
    what: 'the ticket is under a plan',
    of: moved,
    corrupt: ({ ticket }) => (ticket.graphId = TO_TWO),
    codes: ['kind_mismatch'],
  },
  {
    what: 'the ticket was migrated without an event by a plan that keeps its phase',
    of: () => repair('taken in', 'on the bench', 'ready'),
    corrupt: ({ ticket }) => (ticket.graphId = TWO),
    codes: ['migration_untold'],
  },
  {
    what: 'a transition was made under another version without a migration event',
    of: kept,
    corrupt: ({ events }) => Object.assign(events[3]!, { type: 'edited', workflowVersion: null }),
    codes: ['migration_untold'],
  },
  {
    what: 'the ticket is under the old version after a migration that kept its phase',
    of: () => repair('taken in', 'on the bench', 'ready', { by: TO_TWO }),
    corrupt: ({ ticket }) => (ticket.graphId = ONE),
    codes: ['graph_mismatch'],
  },
  {
    what: 'an event names a version that no plan leads to',
    of: kept,
    corrupt: ({ events }) => (events[3]!.workflowVersion = 7),
    codes: ['graph_mismatch'],
  },
  {
    what: 'an event names another version than the plan of its row',
    of: moved,
    corrupt: ({ events }) => (events[2]!.workflowVersion = 3),
    codes: ['event_mismatch'],
  },
  {
    what: 'a migration event does not name a version',
    of: kept,
    corrupt: ({ events }) => (events[3]!.workflowVersion = null),
    codes: ['event_mismatch'],
  },
  {
    what: 'a migration event has the version of a transition',
    of: kept,
    corrupt: ({ events }) => Object.assign(events[2]!, { type: 'migrated', sequence: null, workflowVersion: 2 }),
    codes: ['event_mismatch', 'graph_mismatch'],
  },
  {
    what: 'the event of a migration is missing',
    of: kept,
    corrupt: ({ events }) => events.splice(3, 1),
    codes: ['event_missing'],
  },
  {
    what: 'the ticket was migrated while it was archived',
    of: () => repair('taken in', 'archived', { by: TO_TWO }),
    corrupt: () => undefined,
    codes: ['changed_while_archived'],
  },
  {
    what: 'the resume phase was not mapped',
    of: paused,
    corrupt: ({ ticket }) => (ticket.resumePhase = 'on the bench'),
    codes: ['resume_phase_mismatch'],
  },
  {
    what: 'the ticket was migrated by a plan that does not map its resume phase',
    of: () => repair('taken in', { by: TO_TWO }, 'diagnosis', 'waiting for parts', 'edited'),
    corrupt: ({ ticket, events }) => {
      Object.assign(ticket, { graphId: THREE, resumePhase: null });
      Object.assign(events[4]!, { type: 'migrated', workflowVersion: 3 });
    },
    codes: ['edge_unknown'],
  },
  {
    what: 'the ticket started in a phase that only the new version has',
    of: () => repair('taken in', 'on the bench', { by: TO_TWO }),
    corrupt: ({ ticket, moves }) => (ticket.initialPhase = moves[0]!.from = 'diagnosis'),
    codes: ['edge_unknown', 'phase_unknown'],
  },
  {
    what: 'the event of a migration has another time than its row',
    of: moved,
    corrupt: ({ events }) => events[2]!.at++,
    codes: ['event_time_mismatch'],
  },
];

describe('auditTicket on a corrupted ticket of a defined workflow', () => {
  it.each(CORRUPTIONS)('reports $codes if $what', ({ of, corrupt, codes }) => {
    const record = of();
    corrupt(record);
    expect(codesOf(record)).toEqual(codes);
  });

  it.each(CORRUPTIONS)('refers to the row that the sentence names if $what', ({ of, corrupt }) => {
    const record = of();
    corrupt(record);
    expect(wrongReferences(record, RULES)).toEqual([]);
  });
});

/** Three versions of any workflow, with plans from the first to the second, and from the second to the third and the first. */
const anyRules = fc
  .tuple(anyWorkflow, anyWorkflow, anyWorkflow, anyMapping, anyMapping, anyMapping)
  .map(([one, two, three, ...mapping]) => {
    const plans = (
      [
        [ONE, TWO],
        [TWO, THREE],
        [TWO, ONE],
      ] as const
    ).map((ends, i) => storedPlan(20 + i, ends, mapping[i]!));
    return new WorkflowVersions([
      storedVersion(ONE, one),
      storedVersion(TWO, two, 2),
      storedVersion(THREE, three, 3),
      ...plans,
    ]);
  });

/** A record of valid steps: each choice selects one of the steps that are possible then. */
function anyRecord(rules: WorkflowVersions, choices: readonly number[]): MutableRecord {
  const [initial] = rules.versionOf(ONE)!.workflow.initial;
  const steps: RecordStep[] = [];
  for (const choice of choices) {
    const possible = possibleSteps(rules, soundRecordUnder(rules, ONE, initial!, ...steps).ticket);
    steps.push(possible[choice % possible.length]!);
  }
  return soundRecordUnder(rules, ONE, initial!, ...steps);
}

function possibleSteps(
  rules: WorkflowVersions,
  { graphId, phase, resumePhase }: MutableRecord['ticket'],
): RecordStep[] {
  const { workflow } = rules.versionOf(graphId)!;
  const moves = [...workflow.phases.get(phase)!.edges].flatMap(([to, { requires }]): RecordStep[] => {
    const met = { reason: requires.includes('reason'), artifacts: requires.includes('artifacts') };
    return judge(workflow, { phase, resumePhase, archived: false }, to, met).allowed ? [{ to, met }] : [];
  });
  const migrations = [20, 21, 22].filter((id) => {
    const plan = rules.plans.planOf(id)!;
    return plan.from === graphId && stateAfterPlan(plan, { phase, resumePhase }, rules) !== null;
  });
  return [...moves, ...migrations.map((by) => ({ by })), 'edited'];
}

describe('auditTicket on any record of any workflow', () => {
  const anyChoices = fc.array(fc.nat(), { maxLength: 15 });

  it('finds nothing if all steps were valid', () => {
    fc.assert(
      fc.property(anyRules, anyChoices, (rules, choices) => {
        expect(auditTicket(anyRecord(rules, choices), rules)).toEqual([]);
      }),
    );
  });

  it('finds something if a row or the ticket is under another version', () => {
    fc.assert(
      fc.property(anyRules, anyChoices, fc.nat(), (rules, choices, number) => {
        const record = anyRecord(rules, choices);
        const moves = record.moves.filter(({ kind }) => kind === 'transition');
        fc.pre(moves.length > 0);
        const changed = [record.ticket, ...moves][number % (moves.length + 1)]!;
        changed.graphId = changed.graphId === ONE ? TWO : ONE;
        expect(codesOf(record, rules)).not.toEqual([]);
      }),
    );
  });

  it('finds a transition that does not meet its requirements', () => {
    fc.assert(
      fc.property(anyRules, anyChoices, (rules, choices) => {
        const record = anyRecord(rules, choices);
        const move = record.moves.find(({ met }) => met.reason || met.artifacts);
        fc.pre(move !== undefined);
        move!.met = NONE_MET;
        expect(codesOf(record, rules)).toEqual(['requirement_missing']);
      }),
    );
  });
});
