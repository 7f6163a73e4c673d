import Ajv2020 from 'ajv/dist/2020';
import fc from 'fast-check';
import { readLogJson, realLogs } from '../../testkit/real-logs';
import { BodyPipe } from '../http/validation/request-pipes';
import { PHASE_CATEGORIES, REQUIREMENTS, RESUME_RULES, TRANSITION_KINDS } from '../machine/compiled-workflow';
import { SDLC } from '../machine/sdlc';
import { completeWorkflow } from '../machine/workflow';
import { MAX_PHASES, MAX_TRANSITIONS, toDefinition, WorkflowDefinitionDto } from './workflow-definition.dto';
import { WORKFLOW_SCHEMA } from './workflow.schema';

const fitsSchema = new Ajv2020({ strict: true }).compile(WORKFLOW_SCHEMA);
const pipe = new BodyPipe(WorkflowDefinitionDto);

function isTaken(body: unknown): boolean {
  try {
    pipe.transform(structuredClone(body));
    return true;
  } catch {
    return false;
  }
}

const CHORES = {
  key: 'chores',
  title: 'Chores',
  project: 'home',
  initial: ['open'],
  phases: [
    { id: 'open', category: 'todo' },
    { id: 'done 🎟', title: 'Over', category: 'done' },
  ],
  transitions: [{ from: 'open', to: 'done 🎟', kind: 'forward', requires: ['artifacts', 'reason'] }],
  resume: 'reached',
};

describe('a posted definition', () => {
  it('becomes a complete workflow without the project', () => {
    const { project: _project, ...definition } = CHORES;
    expect(completeWorkflow(toDefinition(pipe.transform(CHORES)))).toEqual({
      ...definition,
      phases: [{ id: 'open', title: 'open', category: 'todo' }, CHORES.phases[1]],
    });
    const { resume: _resume, ...short } = definition;
    expect(Object.keys(toDefinition(pipe.transform(short)))).toEqual(Object.keys(short));
  });

  it.each([
    ['no phases and no transitions', { initial: [], phases: [], transitions: [] }, true],
    ['the key of a project', { key: 'a.b-c_1' }, true],
    ['a key in capitals', { key: 'Chores' }, false],
    ['50 characters of any kind as a phase', { initial: ['🎟'.repeat(50)] }, true],
    ['51 characters as a phase', { initial: ['🎟'.repeat(51)] }, false],
    ['a phase without a name', { initial: [''] }, false],
    ['500 phases', { phases: many(MAX_PHASES, { id: 'a', category: 'todo' }) }, true],
    ['501 phases', { phases: many(MAX_PHASES + 1, { id: 'a', category: 'todo' }) }, false],
    ['20,000 transitions', { transitions: many(MAX_TRANSITIONS, { from: 'a', to: 'b' }) }, true],
    ['20,001 transitions', { transitions: many(MAX_TRANSITIONS + 1, { from: 'a', to: 'b' }) }, false],
    ['a requirement twice', { transitions: [{ from: 'a', to: 'b', requires: ['reason', 'reason'] }] }, false],
    ['an unknown requirement', { transitions: [{ from: 'a', to: 'b', requires: ['luck'] }] }, false],
    ['no category', { phases: [{ id: 'a' }] }, false],
    ['an unknown member', { transitions: [{ from: 'a', to: 'b', cost: 3 }] }, false],
  ])('is accepted or rejected alike by schema and validation with %s', (_, members, expected) => {
    const body = { ...CHORES, ...members };
    expect([fitsSchema(body), isTaken(body)]).toEqual([expected, expected]);
  });
});

// NUL and lone surrogates, which JSON Schema cannot express, are rejected in every body.
const text = fc.string({ unit: fc.constantFrom('a', 'B', '-', '🎟', 'é'), maxLength: 55 });
const name = mostly(fc.constantFrom('open', 'done', '__proto__'), text);
const some = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 });
const definition = fc.record(
  {
    key: mostly(fc.constantFrom('chores', 'a.b'), text),
    title: mostly(fc.constant('Chores'), text),
    project: mostly(fc.constant('home'), text),
    initial: some(name),
    phases: some(
      fc.record(
        { id: name, title: name, category: fc.constantFrom(...PHASE_CATEGORIES) },
        { requiredKeys: ['id', 'category'] },
      ),
    ),
    transitions: some(
      fc.record(
        {
          from: name,
          to: name,
          kind: fc.constantFrom(...TRANSITION_KINDS),
          requires: mostly(fc.subarray([...REQUIREMENTS]), some(fc.constantFrom(...REQUIREMENTS))),
        },
        { requiredKeys: ['from', 'to'] },
      ),
    ),
    resume: fc.constantFrom(...RESUME_RULES),
  },
  { requiredKeys: ['key', 'title', 'initial', 'phases', 'transitions'] },
);
/** A definition with one mutation: a value replaced, removed, or joined by an unknown member. */
const junk = fc.oneof(
  fc.constantFrom(null, 0, '', 'open', [], {}, ['open'], [null], true),
  fc.jsonValue({ maxDepth: 1 }),
);
const mutatedDefinition = fc
  .tuple(definition, fc.array(fc.nat(9), { maxLength: 4 }), junk, fc.nat(2))
  .map(([sound, steps, value, how]) => {
    const body: unknown = structuredClone(sound);
    let place = body as Record<string, unknown>;
    for (const step of steps.slice(1)) {
      const members = Object.values(place).filter((member) => typeof member === 'object' && member !== null);
      if (members.length > 0) place = members[step % members.length] as Record<string, unknown>;
    }
    const keys = Object.keys(place);
    const key = keys[(steps[0] ?? 0) % Math.max(keys.length, 1)] ?? '0';
    if (Array.isArray(place)) place.splice(Number(key), how === 1 ? 1 : 0, value);
    else if (how === 0) place[key] = value;
    else if (how === 1) delete place[key];
    else place['extra'] = value;
    return body;
  });

it('the schema accepts exactly what the validation accepts', () => {
  const taken = { yes: 0, no: 0 };
  fc.assert(
    fc.property(fc.oneof(definition, mutatedDefinition, fc.jsonValue()), (body) => {
      const fits = fitsSchema(body);
      taken[fits ? 'yes' : 'no'] += 1;
      expect(isTaken(body)).toBe(fits);
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(taken.yes, taken.no)).toBeGreaterThan(200);
});

it('the schema accepts the built-in workflow', () => {
  expect([fitsSchema(SDLC), isTaken(SDLC)]).toEqual([true, true]);
});

it.each(realLogs('the schema of workflows'))('the schema accepts the workflow of the real log %s', (name) => {
  const body = readLogJson<unknown>(name, 'workflow.json');
  expect([fitsSchema(body), isTaken(body)]).toEqual([true, true]);
});

function many<T>(length: number, item: T): T[] {
  return Array.from({ length }, () => item);
}

function mostly<T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: 9 }, { arbitrary: other, weight: 1 });
}
