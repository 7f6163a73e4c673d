import { Phase } from '../../machine/phase';
import { asPhasesOf, phaseMapOf, throughMap } from './state-mapping';
import { parseJsonObject } from '../json-file';

describe('throughMap', () => {
  const translation = throughMap(new Map([['open', Phase.BACKLOG]]));

  it('leaves the workflow to the server', () => {
    expect(translation.home).toEqual({});
  });

  it('knows the states of the map, and no others', () => {
    expect(translation.phaseOf('open')).toBe('BACKLOG');
    expect(translation.phaseOf('BACKLOG')).toBeUndefined();
  });

  it('lets tickets begin in any phase but BLOCKED', () => {
    for (const phase of Object.values(Phase)) {
      expect(translation.beginningFor(phase)).toBe(phase === Phase.BLOCKED ? Phase.BACKLOG : phase);
    }
  });
});

describe('asPhasesOf', () => {
  it('takes states for phases as they are, BLOCKED too', () => {
    const { phaseOf, beginningFor } = asPhasesOf({ key: 'chores', version: 2, project: null });
    for (const state of ['open', 'auf Eis 🧊', 'BLOCKED']) {
      expect([phaseOf(state), beginningFor(state)]).toEqual([state, state]);
    }
  });

  it('pins tickets to the version, in its project where it has one', () => {
    const home = { workflow: 'chores', workflow_version: 2 };
    expect(asPhasesOf({ key: 'chores', version: 2, project: null }).home).toEqual(home);
    expect(asPhasesOf({ key: 'chores', version: 2, project: 'house' }).home).toEqual({ ...home, project: 'house' });
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
