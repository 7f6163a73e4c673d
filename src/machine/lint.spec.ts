import { readLogJson, realLogs } from '../../testkit/real-logs';
import { PHASE_CATEGORIES, RESUME_RULES, type GraphDefinition } from './compiled-workflow';
import { lintWorkflow } from './lint';
import { hasErrors } from './lint-finding';
import { SDLC } from './sdlc';

/** Parses a definition: `a>b` is a transition, `a:t` a phase with the first letter of its category. */
function define(initial: string, phases: string, transitions: string, resume?: 'reached'): GraphDefinition {
  const words = (text: string) => text.split(' ').filter((word) => word !== '');
  return {
    initial: words(initial),
    phases: words(phases).map((word) => {
      const [id, letter] = word.split(':') as [string, string];
      return { id, category: PHASE_CATEGORIES.find((category) => category.startsWith(letter))! };
    }),
    transitions: words(transitions).map((word) => {
      const [from, to] = word.split('>') as [string, string];
      return { from, to };
    }),
    ...(resume && { resume }),
  };
}

const locations = (definition: GraphDefinition): string[] =>
  lintWorkflow(definition).map(({ code, pointer }) => `${code} ${pointer}`);

describe('lintWorkflow', () => {
  it('finds nothing in sdlc', () => {
    expect(lintWorkflow(SDLC)).toEqual([]);
  });

  it.each`
    what                                     | initial        | phases                         | transitions                                     | findings
    ${'an empty definition'}                 | ${''}          | ${''}                          | ${''}                                           | ${'no_initial_phase /initial'}
    ${'one phase that is done'}              | ${'a'}         | ${'a:d'}                       | ${''}                                           | ${''}
    ${'no initial phase'}                    | ${''}          | ${'a:t b:d'}                   | ${'a>b'}                                        | ${'no_initial_phase /initial'}
    ${'an unknown initial phase'}            | ${'a x'}       | ${'a:t b:d'}                   | ${'a>b'}                                        | ${'unknown_phase /initial/1'}
    ${'only unknown initial phases'}         | ${'x'}         | ${'a:t b:d'}                   | ${'a>b'}                                        | ${'unknown_phase /initial/0'}
    ${'an initial phase named twice'}        | ${'a b a'}     | ${'a:t b:d'}                   | ${'a>b'}                                        | ${'duplicate_initial /initial/2'}
    ${'a phase defined twice'}               | ${'a'}         | ${'a:t b:d a:t'}               | ${'a>b'}                                        | ${'duplicate_phase /phases/2/id'}
    ${'a transition to an unknown phase'}    | ${'a'}         | ${'a:t b:d'}                   | ${'a>b a>x'}                                    | ${'unknown_phase /transitions/1/to'}
    ${'a transition from an unknown phase'}  | ${'a'}         | ${'a:t b:d'}                   | ${'a>b x>b'}                                    | ${'unknown_phase /transitions/1/from'}
    ${'a transition to itself'}              | ${'a'}         | ${'a:t b:d'}                   | ${'a>a a>b b>b'}                                | ${'self_transition /transitions/0, self_transition /transitions/2'}
    ${'a transition defined twice'}          | ${'a'}         | ${'a:t b:d'}                   | ${'a>b a>b a>b'}                                | ${'duplicate_transition /transitions/1, duplicate_transition /transitions/2'}
    ${'unreachable phases'}                  | ${'a'}         | ${'a:t b:d c:a d:a'}           | ${'a>b c>d d>c d>b'}                            | ${'unreachable_phase /phases/2, unreachable_phase /phases/3'}
    ${'a phase without exit'}                | ${'a'}         | ${'a:t b:a c:d'}               | ${'a>b a>c'}                                    | ${'dead_end /phases/1'}
    ${'a phase whose only exit is itself'}   | ${'a'}         | ${'a:t b:a c:d'}               | ${'a>b a>c b>b'}                                | ${'dead_end /phases/1, self_transition /transitions/2'}
    ${'a waiting phase without exit'}        | ${'a'}         | ${'a:t b:w c:d'}               | ${'a>b a>c'}                                    | ${'dead_end /phases/1'}
    ${'phases that form a cycle'}            | ${'a'}         | ${'a:t b:a c:a d:d'}           | ${'a>b a>d b>c c>b'}                            | ${'no_way_to_done /phases/1, no_way_to_done /phases/2'}
    ${'a workflow without a done phase'}     | ${'a'}         | ${'a:t b:a'}                   | ${'a>b b>a'}                                    | ${'no_way_to_done /phases'}
    ${'nothing but dead ends'}               | ${'a b'}       | ${'a:t b:a'}                   | ${''}                                           | ${'dead_end /phases/0, dead_end /phases/1'}
    ${'exits from a done phase'}             | ${'a'}         | ${'a:t b:d c:d'}               | ${'a>b b>a b>c'}                                | ${'exit_from_done /transitions/1, exit_from_done /transitions/2'}
    ${'waiting phases without a way back'}   | ${'a'}         | ${'a:t v:w w:w d:d'}           | ${'a>d a>v v>w w>v'}                            | ${'no_way_back /phases/1, no_way_back /phases/2'}
    ${'a way back by another waiting phase'} | ${'a'}         | ${'a:t v:w w:w d:d'}           | ${'a>d a>v v>w w>a'}                            | ${''}
    ${'names that objects have'}             | ${'__proto__'} | ${'__proto__:t constructor:d'} | ${'__proto__>constructor constructor>toString'} | ${'unknown_phase /transitions/1/to'}
  `('reports "$findings" for $what', ({ initial, phases, transitions, findings }) => {
    expect(locations(define(initial, phases, transitions)).join(', ')).toBe(findings);
  });

  it('reports everything at once, in the order of the definition', () => {
    const definition = define('x a', 'a:t b:a a:t c:a d:d', 'a>b a>y b>b a>b d>a');
    expect(lintWorkflow(definition).map((finding) => Object.values(finding).join(' '))).toEqual([
      'error unknown_phase /initial/0 Phase "x" is not among the phases.',
      'warning no_way_to_done /phases/0 Phase "a" is not done, and no done phase can be reached from it.',
      'warning dead_end /phases/1 Phase "b" is not done, and no transition leads out of it.',
      'error duplicate_phase /phases/2/id Phase "a" is already in /phases/0.',
      'error unreachable_phase /phases/3 Phase "c" cannot be reached from any initial phase.',
      'warning dead_end /phases/3 Phase "c" is not done, and no transition leads out of it.',
      'error unreachable_phase /phases/4 Phase "d" cannot be reached from any initial phase.',
      'error unknown_phase /transitions/1/to Phase "y" is not among the phases.',
      'error self_transition /transitions/2 Phase "b" cannot have a transition to itself.',
      'error duplicate_transition /transitions/3 The transition from "a" to "b" is already in /transitions/0.',
      'warning exit_from_done /transitions/4 The transition from "d" to "a" leads out of a done phase.',
    ]);
    expect(Object.keys(lintWorkflow(definition)[0]!)).toEqual(['severity', 'code', 'pointer', 'message']);
  });

  it('applies the resume rule to reachability', () => {
    const shortcut = ['a', 'a:t b:a c:d w:w', 'a>w w>b w>a b>c'] as const;
    expect(locations(define(...shortcut))).toEqual([]);
    expect(locations(define(...shortcut, 'reached'))).toEqual([
      'unreachable_phase /phases/1',
      'unreachable_phase /phases/2',
    ]);
    expect(lintWorkflow(define(...shortcut, 'reached'))[0]!.message).toBe(
      'Phase "b" cannot be reached from any initial phase under the resume rule.',
    );
  });

  it('has errors only if a finding is an error', () => {
    expect(hasErrors([])).toBe(false);
    expect(hasErrors(lintWorkflow(define('a', 'a:t b:d', 'a>b b>a')))).toBe(false);
    expect(hasErrors(lintWorkflow(define('', 'a:t b:d', 'a>b')))).toBe(true);
  });

  it.each(RESUME_RULES)('handles 500 phases and 20,000 transitions with resume %s', (resume) => {
    const unknown = largeDefinitions().map((definition) => {
      const findings = lintWorkflow({ ...definition, resume });
      return findings.filter(({ code }) => code === 'unknown_phase').length;
    });
    expect(unknown).toEqual([0, 40_000, 0]);
  });
});

describe('lintWorkflow on workflows of real teams', () => {
  it.each(realLogs('the lint of a workflow'))('finds no error in %s', (name) => {
    const findings = lintWorkflow(readLogJson<GraphDefinition>(name, 'workflow.json'));
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

/** Definitions of maximum size: a sound one, one whose transitions are all wrong, and the slowest one under the resume rule. */
function largeDefinitions(): GraphDefinition[] {
  const ids = Array.from({ length: 500 }, (_, i) => `phase ${i}`);
  const pairs = ids.flatMap((from, i) => Array.from({ length: 40 }, (_, j) => ({ from, to: ids[(i + j + 1) % 500]! })));
  const sound = {
    initial: ids.slice(0, 1),
    phases: ids.map((name, i) => ({ id: name, category: PHASE_CATEGORIES[i % 4]! })),
    transitions: pairs,
  };
  const wrong = { ...sound, transitions: pairs.map(() => ({ from: 'nowhere', to: 'nowhere' })) };
  const waiting = ids.slice(360);
  const slow = {
    initial: ids.slice(0, 1),
    phases: ids.map((name, i) => ({ id: name, category: i < 360 ? ('active' as const) : ('waiting' as const) })),
    transitions: [
      ...ids.slice(0, 360).map((from) => ({ from, to: waiting[0]! })),
      ...ids.slice(0, 359).map((from, i) => ({ from, to: ids[i + 1]! })),
      ...waiting.flatMap((from) => waiting.filter((to) => to !== from).map((to) => ({ from, to }))),
    ],
  };
  return [sound, wrong, slow];
}

describe('phases that look alike', () => {
  const findingsFor = (...ids: readonly string[]) =>
    lintWorkflow({
      initial: ids.slice(0, 1),
      phases: ids.map((id, i) => ({ id, category: i === ids.length - 1 ? 'done' : 'active' })),
      transitions: ids.slice(1).map((to, i) => ({ from: ids[i]!, to })),
    });

  it.each([
    ['Unicode form', 'Prüfung'.normalize('NFC'), 'Prüfung'.normalize('NFD')],
    ['compatibility characters', 'final', 'ﬁnal'],
    ['case', 'Review', 'REVIEW'],
    ['blanks', 'in review', ' in\u00a0 review\u2003'],
    ['a zero-width space', 'review', 're\u200bview'],
    ['a soft hyphen', 'review', 're\u00adview'],
    ['a mark of direction', 'review', 'review\u200f'],
  ])('are reported when they differ in %s', (_, one, other) => {
    expect(findingsFor(one, 'other', other)).toEqual([
      {
        severity: 'warning',
        code: 'similar_phase',
        pointer: '/phases/2/id',
        message: expect.stringContaining(`looks like ${JSON.stringify(one)} in /phases/0.`),
      },
    ]);
  });

  it('are reported with the characters in which they differ', () => {
    expect(findingsFor('review', 're\u200bview')[0]?.message).toMatch(/ It contains U\+200B\. Rename one of them\.$/);
  });

  it.each([
    ['review', 'reviews'],
    ['in review', 'in-review'],
    ['a', 'ä'],
  ])('are not %j and %j', (one, other) => expect(findingsFor(one, other)).toEqual([]));
});
