import fc from 'fast-check';
import { compileWorkflow, type GraphDefinition } from './compiled-workflow';
import { guardedOptions, judge, legalTargets, transitionOptions, type TicketState } from './judge';
import { Phase, PHASE_SEQUENCE, PHASE_TRANSITIONS } from './phase';
import { SDLC_GRAPH } from './sdlc';

const PHASES = Object.values(Phase);
const ticketIn = (phase: string, resumePhase: string | null = null, archived = false): TicketState => ({
  phase,
  resumePhase,
  archived,
});

describe('judge on sdlc', () => {
  // The table of the specification, written by hand and independent of PHASE_TRANSITIONS.
  const table: Record<Phase, string> = {
    //                       BRDITPDX  (Backlog Requirements Design Implementation Testing dePloyment Done blocked)
    [Phase.BACKLOG]: /*      */ '.x.....x',
    [Phase.REQUIREMENTS]: /* */ '..x....x',
    [Phase.DESIGN]: /*       */ '...x...x',
    [Phase.IMPLEMENTATION]: /**/ '....x..x',
    [Phase.TESTING]: /*      */ '...x.x.x',
    [Phase.DEPLOYMENT]: /*   */ '......xx',
    [Phase.DONE]: /*         */ '........',
    [Phase.BLOCKED]: /*      */ 'xxxxxx..',
  };

  it.each(PHASES.flatMap((from) => PHASES.map((to, column) => [from, to, table[from][column] === 'x'] as const)))(
    '%s → %s is allowed: %s',
    (from, to, allowed) => {
      const resume = from === Phase.BLOCKED ? Phase.DEPLOYMENT : null;
      expect(judge(SDLC_GRAPH, ticketIn(from, resume), to).allowed).toBe(allowed);
    },
  );

  it.each(PHASE_SEQUENCE.slice(0, -1).flatMap((blocked) => PHASE_SEQUENCE.map((to) => [blocked, to] as const)))(
    'allows a ticket that was blocked in %s to resume in %s only if it had reached it',
    (blocked, to) => {
      const verdict = judge(SDLC_GRAPH, ticketIn(Phase.BLOCKED, blocked), to);
      const reached = PHASE_SEQUENCE.indexOf(to) <= PHASE_SEQUENCE.indexOf(blocked);
      expect(verdict.allowed).toBe(reached);
      if (!verdict.allowed) {
        expect(verdict.blockers.map(({ code }) => code)).toEqual(to === Phase.DONE ? [] : ['resume_rule']);
      }
    },
  );

  it('sets the resume phase of a ticket that is blocked and clears it when the ticket resumes', () => {
    expect(judge(SDLC_GRAPH, ticketIn(Phase.TESTING), Phase.BLOCKED)).toEqual({
      allowed: true,
      resumePhase: Phase.TESTING,
    });
    expect(judge(SDLC_GRAPH, ticketIn(Phase.BLOCKED, Phase.TESTING), Phase.DESIGN)).toEqual({
      allowed: true,
      resumePhase: null,
    });
  });

  it('allows a ticket that was created blocked to start in any initial phase', () => {
    expect(legalTargets(SDLC_GRAPH, ticketIn(Phase.BLOCKED))).toEqual(PHASE_TRANSITIONS.BLOCKED);
  });

  it('rejects every transition of an archived ticket', () => {
    const archived = ticketIn(Phase.BACKLOG, null, true);
    for (const to of [...PHASES, 'NOWHERE']) {
      expect(judge(SDLC_GRAPH, archived, to)).toMatchObject({ allowed: false, code: 'ticket_archived' });
    }
    expect(legalTargets(SDLC_GRAPH, archived)).toEqual([]);
  });

  it.each(['', 'NOWHERE', 'backlog', '__proto__', 'constructor', 'toString'])(
    'rejects the unknown phase %j as source and as target',
    (unknown) => {
      expect(judge(SDLC_GRAPH, ticketIn(Phase.BACKLOG), unknown)).toMatchObject({ code: 'illegal_transition' });
      expect(judge(SDLC_GRAPH, ticketIn(unknown), Phase.BACKLOG)).toMatchObject({ code: 'illegal_transition' });
    },
  );

  it('explains the resume rule', () => {
    const verdict = judge(SDLC_GRAPH, ticketIn(Phase.BLOCKED, Phase.DESIGN), Phase.TESTING);
    expect(verdict).toEqual({
      allowed: false,
      code: 'illegal_transition',
      blockers: [
        {
          code: 'resume_rule',
          message:
            'The ticket entered BLOCKED from DESIGN and can resume only in that phase or an earlier one, not in TESTING.',
        },
      ],
    });
  });

  it('never lets a path through BLOCKED skip a phase', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PHASES), { maxLength: 60 }), (requests) => {
        let ticket = ticketIn(Phase.BACKLOG);
        let reached = 0;
        for (const to of requests) {
          const verdict = judge(SDLC_GRAPH, ticket, to);
          if (!verdict.allowed) continue;
          ticket = ticketIn(to, verdict.resumePhase);
          const order = PHASE_SEQUENCE.indexOf(to);
          expect(order).toBeLessThanOrEqual(reached + 1);
          reached = Math.max(reached, order);
          expect(ticket.resumePhase === null).toBe(to !== Phase.BLOCKED);
        }
      }),
    );
  });
});

describe('judge on any workflow', () => {
  const ids = ['a', 'b', 'c', 'd', 'ü 漢 🎟️', '__proto__'];
  const anyGraph: fc.Arbitrary<GraphDefinition> = fc.record({
    initial: fc.constant([ids[0]!]),
    phases: fc
      .array(fc.constantFrom('todo', 'active', 'waiting', 'done' as const), {
        minLength: ids.length,
        maxLength: ids.length,
      })
      .map((categories) => ids.map((id, i) => ({ id, category: categories[i]! }))),
    transitions: fc.uniqueArray(fc.record({ from: fc.constantFrom(...ids), to: fc.constantFrom(...ids) }), {
      selector: ({ from, to }) => `${from}>${to}`,
    }),
    resume: fc.constantFrom('any', 'reached' as const),
  });

  it('allows only edges of the workflow, and all of them with resume "any"', () => {
    fc.assert(
      fc.property(anyGraph, fc.constantFrom(...ids), fc.constantFrom(...ids), (definition, from, to) => {
        const edge = definition.transitions.some((t) => t.from === from && t.to === to);
        const { allowed } = judge(compileWorkflow(definition), ticketIn(from, ids[0]), to);
        if (definition.resume === 'any') expect(allowed).toBe(edge);
        else if (!edge) expect(allowed).toBe(false);
      }),
    );
  });

  it('lists exactly the transitions that it allows', () => {
    fc.assert(
      fc.property(anyGraph, fc.constantFrom(...ids), fc.option(fc.constantFrom(...ids)), (definition, from, resume) => {
        const graph = compileWorkflow(definition);
        const ticket = ticketIn(from, resume);
        const offered = legalTargets(graph, ticket);
        expect(ids.filter((to) => judge(graph, ticket, to).allowed).sort()).toEqual([...offered].sort());
        expect(transitionOptions(graph, ticket).map(({ to }) => to)).toEqual(
          definition.transitions.filter((t) => t.from === from).map((t) => t.to),
        );
      }),
    );
  });
});

describe('judge on requirements', () => {
  const graph = compileWorkflow({
    initial: ['open'],
    phases: [
      { id: 'open', category: 'todo' },
      { id: 'paused', category: 'waiting' },
      { id: 'done', category: 'done' },
      { id: 'shipped', category: 'done' },
    ],
    transitions: [
      { from: 'open', to: 'done', requires: ['artifacts', 'reason'] },
      { from: 'open', to: 'paused' },
      { from: 'paused', to: 'open', requires: ['reason'] },
      { from: 'paused', to: 'done', requires: ['reason'] },
      { from: 'done', to: 'shipped', requires: ['artifacts'] },
    ],
    resume: 'reached',
  });
  const codesOf = (to: string, provided?: { reason: boolean; artifacts: boolean }, ticket = ticketIn('open')) => {
    const verdict = judge(graph, ticket, to, provided);
    return verdict.allowed ? 'allowed' : [verdict.code, ...verdict.blockers.map(({ code }) => code)];
  };

  it('returns a blocker for each requirement that is not met', () => {
    expect(codesOf('done')).toEqual(['guard_failed', 'artifacts_required', 'reason_required']);
    expect(codesOf('done', { reason: true, artifacts: false })).toEqual(['guard_failed', 'artifacts_required']);
    expect(codesOf('done', { reason: false, artifacts: true })).toEqual(['guard_failed', 'reason_required']);
    expect(codesOf('done', { reason: true, artifacts: true })).toBe('allowed');
    expect(codesOf('paused')).toBe('allowed');
  });

  it('checks requirements after everything that makes a transition illegal', () => {
    expect(codesOf('shipped')).toEqual(['illegal_transition']);
    expect(codesOf('done', undefined, ticketIn('paused', 'open'))).toEqual(['illegal_transition', 'resume_rule']);
    expect(codesOf('open', undefined, ticketIn('paused', 'open'))).toEqual(['guard_failed', 'reason_required']);
    expect(codesOf('done', undefined, ticketIn('open', null, true))).toEqual(['ticket_archived', 'ticket_archived']);
  });

  it('lists blocked options with their blockers', () => {
    expect(transitionOptions(graph, ticketIn('open'))).toEqual([
      {
        to: 'done',
        blockers: [
          { code: 'artifacts_required', message: expect.stringContaining('artifacts') },
          { code: 'reason_required', message: expect.stringContaining('reason') },
        ],
      },
      { to: 'paused', blockers: [] },
    ]);
    expect(legalTargets(graph, ticketIn('open'))).toEqual(['paused']);
    expect(guardedOptions(graph, ticketIn('open')).map(({ to }) => to)).toEqual(['done']);
    expect(guardedOptions(graph, ticketIn('paused', 'open')).map(({ to }) => to)).toEqual(['open']);
    expect(guardedOptions(graph, ticketIn('open', null, true))).toEqual([]);
  });
});
