import { Phase } from '../../machine/phase';
import { parseJsonObject } from '../json-file';
import { phaseMapOf } from './phase-map';

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
