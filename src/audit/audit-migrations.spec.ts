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
import { anyPlaces, anyWorkflow } from '../../test/verify/any-workflow';
import { livedUnder, type Changeable, type Step } from '../../test/verify/lived';
import { mistoldRows } from '../../test/verify/told-rows';
import { judge } from '../machine/judge';
import { auditTicket } from './audit';
import type { FindingCode } from './finding';
import { standingBy } from './resume-phase';
import { Rulebook } from './rulebook';
import type { TicketRecord } from './ticket-record';

const RULES = new Rulebook([STORED_SDLC, ...STORED_REPAIRS]);

function repair(initial: string, ...steps: Step[]): Changeable {
  return livedUnder(RULES, ONE, initial, ...steps);
}

function codesOf(record: TicketRecord, rules = RULES): FindingCode[] {
  return [...new Set(auditTicket(record, rules).map(({ code }) => code))].sort();
}

const BARE = { reason: false, artifacts: false };
const moved = () => repair('taken in', 'on the bench', { by: TO_TWO }, 'ready');
const kept = () => repair('taken in', 'on the bench', 'ready', { by: TO_TWO }, 'fetched');
const paused = () => repair('taken in', 'on the bench', 'waiting for parts', { by: TO_TWO }, 'edited');

describe('a sound ticket', () => {
  const SOUND: Record<string, Changeable> = {
    'of a workflow of its own': repair(
      'promised',
      'taken in',
      'on the bench',
      'waiting for parts',
      'on the bench',
      'ready',
    ),
    'that never moved': repair('promised'),
    'that brought along what was asked for, and no more': repair('taken in', 'on the bench', {
      to: 'waiting for parts',
      brings: { reason: true, artifacts: false },
    }),
    'that went to another phase of another version': moved(),
    'that went to another version and kept its phase': kept(),
    'that never moved and went to another version': repair('taken in', { by: TO_TWO }),
    'that never moved by itself': repair('promised', { by: TO_TWO }, 'edited'),
    'that waits, and waits on': paused(),
    'that waited on, and resumed where the plan had led it': repair(
      'taken in',
      'on the bench',
      'waiting for parts',
      { by: TO_TWO },
      'repair',
    ),
    'that went from version to version': repair(
      'taken in',
      'on the bench',
      { by: TO_TWO },
      'waiting for parts',
      { by: TO_THREE },
      'on the bench',
      'ready',
    ),
    'that kept its phase from version to version': repair(
      'taken in',
      'on the bench',
      'ready',
      { by: TO_TWO },
      { by: TO_THREE },
    ),
    'that was archived after it went over': repair('taken in', { by: TO_TWO }, 'archived'),
  };
  it.each(Object.entries(SOUND))('%s has no findings', (_, record) => {
    expect(auditTicket(record, RULES)).toEqual([]);
  });
});

interface Lie {
  readonly what: string;
  readonly of: () => Changeable;
  readonly tell: (record: Changeable) => void;
  readonly codes: readonly FindingCode[];
}

const LIES: readonly Lie[] = [
  {
    what: 'a move had no reason where one is asked for',
    of: () => repair('taken in', 'on the bench', { to: 'waiting for parts', brings: BARE }),
    tell: () => undefined,
    codes: ['requirement_missing'],
  },
  {
    what: 'a pause was a shortcut',
    of: () => repair('promised', 'waiting for parts', 'ready'),
    tell: () => undefined,
    codes: ['resume_rule_broken'],
  },
  {
    what: 'a pause became a shortcut on the way to another version',
    of: () => repair('promised', 'waiting for parts', { by: TO_TWO }, 'repair'),
    tell: () => undefined,
    codes: ['resume_rule_broken'],
  },
  {
    what: 'a migration is called a transition',
    of: moved,
    tell: ({ moves }) => (moves[1]!.kind = 'transition'),
    codes: ['event_mismatch', 'kind_mismatch'],
  },
  {
    what: 'a transition is called a migration',
    of: moved,
    tell: ({ moves }) => (moves[0]!.kind = 'migration'),
    codes: ['event_mismatch', 'kind_mismatch'],
  },
  {
    what: 'a migration is told as a move',
    of: moved,
    tell: ({ events }) => (events[2]!.type = 'moved'),
    codes: ['event_mismatch'],
  },
  {
    what: 'a migration leads where its plan does not',
    of: moved,
    tell: ({ ticket, moves }) => (moves[1]!.to = moves[2]!.from = ticket.previousPhase = 'diagnosis'),
    codes: ['edge_unknown'],
  },
  {
    what: 'a migration was made by another plan',
    of: moved,
    tell: ({ moves }) => (moves[1]!.graphId = TO_THREE),
    codes: ['edge_unknown', 'event_mismatch', 'graph_mismatch'],
  },
  {
    what: 'the moves after a migration are under the old version',
    of: moved,
    tell: ({ moves }) => (moves[2]!.graphId = ONE),
    codes: ['edge_unknown', 'graph_mismatch', 'migration_untold'],
  },
  {
    what: 'it is still under the old version',
    of: moved,
    tell: ({ ticket }) => (ticket.graphId = ONE),
    codes: ['graph_mismatch'],
  },
  {
    what: 'it is under a plan',
    of: moved,
    tell: ({ ticket }) => (ticket.graphId = TO_TWO),
    codes: ['kind_mismatch'],
  },
  {
    what: 'it went over without an event, along a plan that keeps its phase',
    of: () => repair('taken in', 'on the bench', 'ready'),
    tell: ({ ticket }) => (ticket.graphId = TWO),
    codes: ['migration_untold'],
  },
  {
    what: 'a move was made under another version without an event',
    of: kept,
    tell: ({ events }) => Object.assign(events[3]!, { type: 'edited', workflowVersion: null }),
    codes: ['migration_untold'],
  },
  {
    what: 'it went over, and is under the old version again',
    of: () => repair('taken in', 'on the bench', 'ready', { by: TO_TWO }),
    tell: ({ ticket }) => (ticket.graphId = ONE),
    codes: ['graph_mismatch'],
  },
  {
    what: 'an event tells of a version that no plan leads to',
    of: kept,
    tell: ({ events }) => (events[3]!.workflowVersion = 7),
    codes: ['graph_mismatch'],
  },
  {
    what: 'an event tells of another version than the plan of its row',
    of: moved,
    tell: ({ events }) => (events[2]!.workflowVersion = 3),
    codes: ['event_mismatch'],
  },
  {
    what: 'an event does not tell to which version it went',
    of: kept,
    tell: ({ events }) => (events[3]!.workflowVersion = null),
    codes: ['event_mismatch'],
  },
  {
    what: 'an event tells of a migration that the row of its version is none of',
    of: kept,
    tell: ({ events }) => Object.assign(events[2]!, { type: 'migrated', sequence: null, workflowVersion: 2 }),
    codes: ['event_mismatch', 'graph_mismatch'],
  },
  {
    what: 'the event of a migration is gone',
    of: kept,
    tell: ({ events }) => events.splice(3, 1),
    codes: ['event_missing'],
  },
  {
    what: 'it went over while it was archived',
    of: () => repair('taken in', 'archived', { by: TO_TWO }),
    tell: () => undefined,
    codes: ['changed_while_archived'],
  },
  {
    what: 'it is to resume where it would have resumed before',
    of: paused,
    tell: ({ ticket }) => (ticket.resumePhase = 'on the bench'),
    codes: ['resume_phase_mismatch'],
  },
  {
    what: 'it went over though there is no place for where it is to resume',
    of: () => repair('taken in', { by: TO_TWO }, 'diagnosis', 'waiting for parts', 'edited'),
    tell: ({ ticket, events }) => {
      Object.assign(ticket, { graphId: THREE, resumePhase: null });
      Object.assign(events[4]!, { type: 'migrated', workflowVersion: 3 });
    },
    codes: ['edge_unknown'],
  },
  {
    what: 'it began in a phase that only the new version has',
    of: () => repair('taken in', 'on the bench', { by: TO_TWO }),
    tell: ({ ticket, moves }) => (ticket.initialPhase = moves[0]!.from = 'diagnosis'),
    codes: ['edge_unknown', 'phase_unknown'],
  },
  {
    what: 'the event of a migration is of another time than its row',
    of: moved,
    tell: ({ events }) => events[2]!.at++,
    codes: ['event_time_mismatch'],
  },
];

describe('a ticket that lies', () => {
  it.each(LIES)('$what: $codes', ({ of, tell, codes }) => {
    const record = of();
    tell(record);
    expect(codesOf(record)).toEqual(codes);
  });

  it.each(LIES)('is told with the row that lies: $what', ({ of, tell }) => {
    const record = of();
    tell(record);
    expect(mistoldRows(record, RULES)).toEqual([]);
  });
});

/** Three versions of any workflow, and plans from each to the next and back. */
const anyRules = fc
  .tuple(anyWorkflow, anyWorkflow, anyWorkflow, anyPlaces, anyPlaces, anyPlaces)
  .map(([one, two, three, ...places]) => {
    const plans = (
      [
        [ONE, TWO],
        [TWO, THREE],
        [TWO, ONE],
      ] as const
    ).map((ends, i) => storedPlan(20 + i, ends, places[i]!));
    return new Rulebook([
      storedVersion(ONE, one),
      storedVersion(TWO, two, 2),
      storedVersion(THREE, three, 3),
      ...plans,
    ]);
  });

/** A life within the rules: each choice is one of the things that are possible then. */
function anyLife(rules: Rulebook, choices: readonly number[]): Changeable {
  const [initial] = rules.ruleOf(ONE)!.graph.initial;
  const steps: Step[] = [];
  for (const choice of choices) {
    const possible = possibleSteps(rules, livedUnder(rules, ONE, initial!, ...steps).ticket);
    steps.push(possible[choice % possible.length]!);
  }
  return livedUnder(rules, ONE, initial!, ...steps);
}

function possibleSteps(rules: Rulebook, { graphId, phase, resumePhase }: Changeable['ticket']): Step[] {
  const { graph } = rules.ruleOf(graphId)!;
  const moves = [...graph.phases.get(phase)!.edges].flatMap(([to, { requires }]): Step[] => {
    const brings = { reason: requires.includes('reason'), artifacts: requires.includes('artifacts') };
    return judge(graph, { phase, resumePhase, archived: false }, to, brings).allowed ? [{ to, brings }] : [];
  });
  const migrations = [20, 21, 22].filter((id) => {
    const plan = rules.plans.planOf(id)!;
    return plan.from === graphId && standingBy(plan, { phase, resumePhase }, rules) !== null;
  });
  return [...moves, ...migrations.map((by) => ({ by })), 'edited'];
}

describe('any life under any workflow', () => {
  const anyChoices = fc.array(fc.nat(), { maxLength: 15 });

  it('has no findings', () => {
    fc.assert(
      fc.property(anyRules, anyChoices, (rules, choices) => {
        expect(auditTicket(anyLife(rules, choices), rules)).toEqual([]);
      }),
    );
  });

  it('has some as soon as a version is lied about', () => {
    fc.assert(
      fc.property(anyRules, anyChoices, fc.nat(), (rules, choices, number) => {
        const record = anyLife(rules, choices);
        const moves = record.moves.filter(({ kind }) => kind === 'transition');
        fc.pre(moves.length > 0);
        const liar = [record.ticket, ...moves][number % (moves.length + 1)]!;
        liar.graphId = liar.graphId === ONE ? TWO : ONE;
        expect(codesOf(record, rules)).not.toEqual([]);
      }),
    );
  });

  it('has some as soon as a move lacks what it requires', () => {
    fc.assert(
      fc.property(anyRules, anyChoices, (rules, choices) => {
        const record = anyLife(rules, choices);
        const move = record.moves.find(({ provided }) => provided.reason || provided.artifacts);
        fc.pre(move !== undefined);
        move!.provided = BARE;
        expect(codesOf(record, rules)).toEqual(['requirement_missing']);
      }),
    );
  });
});
