import { Phase } from '../../machine/phase';
import { mapToWorkflow, phaseMapOf, mapToPhases } from './state-mapping';
import { parseJsonObject } from '../json-file';

describe('mapToPhases', () => {
  const mapping = mapToPhases(new Map([['open', Phase.BACKLOG]]));

  it('leaves the workflow to the server', () => {
    expect(mapping.scope).toEqual({});
  });

  it('knows the states of the map, and no others', () => {
    expect(mapping.phaseOf('open')).toBe('BACKLOG');
    expect(mapping.phaseOf('BACKLOG')).toBeUndefined();
  });

  it('lets tickets begin in any phase but BLOCKED', () => {
    for (const phase of Object.values(Phase)) {
      expect(mapping.initialPhaseFor(phase)).toBe(phase === Phase.BLOCKED ? Phase.BACKLOG : phase);
    }
  });
});

describe('mapToWorkflow', () => {
  it('takes states for phases as they are, BLOCKED too', () => {
    const { phaseOf, initialPhaseFor } = mapToWorkflow({ key: 'chores', version: 2, project: null });
    for (const state of ['open', 'auf Eis 🧊', 'BLOCKED']) {
      expect([phaseOf(state), initialPhaseFor(state)]).toEqual([state, state]);
    }
  });

  it('pins tickets to the version, in its project where it has one', () => {
    const scope = { workflow: 'chores', workflow_version: 2 };
    expect(mapToWorkflow({ key: 'chores', version: 2, project: null }).scope).toEqual(scope);
    expect(mapToWorkflow({ key: 'chores', version: 2, project: 'house' }).scope).toEqual({
      ...scope,
      project: 'house',
    });
  });
});

const parse = (text: string) => phaseMapOf(parseJsonObject(text, 'map.json'), 'map.json');

describe('phaseMapOf', () => {
  it('reads a plain map', () => {
    expect([...parse('{"open": "BACKLOG", "closed": "DONE"}')]).toEqual([
      ['open', Phase.BACKLOG],
      ['closed', Phase.DONE],
    ]);
  });

  it('reads the map of a summary, and nothing else of it', () => {
    expect([...parse('{"name": "log", "tickets": 3, "phase_map": {"open": "BACKLOG"}}')]).toEqual([
      ['open', Phase.BACKLOG],
    ]);
  });

  it('takes any name for a state', () => {
    expect(parse('{"__proto__": "DONE", "phase_map": "DONE", "": "DESIGN"}').size).toBe(3);
    expect(parse('{"open": "DONE"}').get('toString')).toBeUndefined();
  });

  it('names every phase that does not exist', () => {
    expect(() => parse('{"open": "BACKLOG", "a": "Done", "b": 7}')).toThrow(
      'map.json: unknown phase for "a" → "Done", "b" → 7; expected one of BACKLOG, REQUIREMENTS, DESIGN, ' +
        'IMPLEMENTATION, TESTING, DEPLOYMENT, DONE, BLOCKED',
    );
  });

  it.each([
    ['{}', 'map.json: the phase map is empty'],
    ['{"phase_map": {}}', 'map.json: the phase map is empty'],
  ])('refuses %s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
