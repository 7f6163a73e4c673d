import { checkRow, checkTicketId } from './checked-row';
import type { Columns } from './log-row';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const GOOD: Columns = {
  ticket_id: 'T-1',
  seq: '2',
  from_state: 'open',
  to_state: 'closed',
  at: '2026-01-01T10:00:00+01:00',
  actor: 'ada',
  title: 'Fix it',
};

const check = (changed: Partial<Columns>) => checkRow({ line: 7, columns: { ...GOOD, ...changed } }, NOW);

describe('checkRow', () => {
  it('reads a row', () => {
    expect(check({})).toEqual({
      line: 7,
      seq: 2,
      from: 'open',
      to: 'closed',
      at: Date.parse('2026-01-01T09:00:00Z'),
      actor: 'ada',
      title: 'Fix it',
      shortened: false,
    });
  });

  it('takes an empty title, an empty first state, and the longest of everything', () => {
    expect(check({ from_state: '', title: '' })).toMatchObject({ from: '', title: '' });
    const longest = { from_state: '🚀'.repeat(50), to_state: 'é'.repeat(50), actor: '🚀'.repeat(255) };
    expect(check({ ...longest, title: '🚀'.repeat(500) })).not.toHaveProperty('code');
  });

  it.each(['', '  '])('takes the actor %j for the system', (actor) => {
    expect(check({ actor })).toMatchObject({ actor: 'system' });
  });

  it('keeps blanks around other characters', () => {
    expect(check({ actor: ' ada ', title: ' x ', to_state: ' y ' })).toMatchObject({
      actor: ' ada ',
      title: ' x ',
      to: ' y ',
    });
  });

  it('says that a time was finer than a millisecond', () => {
    expect(check({ at: '2026-01-01T00:00:00.0001Z' })).toMatchObject({ shortened: true });
  });

  it.each<[Partial<Columns>, string, string]>([
    [{ seq: '' }, 'bad_seq', 'seq must be a whole number from 1 to 1000000000; got ""'],
    [{ seq: '0' }, 'bad_seq', 'seq must be a whole number from 1 to 1000000000; got "0"'],
    [{ seq: '1.0' }, 'bad_seq', 'seq must be a whole number from 1 to 1000000000; got "1.0"'],
    [{ seq: '1000000001' }, 'bad_seq', 'seq must be a whole number from 1 to 1000000000; got "1000000001"'],
    [{ to_state: '' }, 'bad_state', 'to_state must have 1 to 50 characters; got ""'],
    [{ to_state: 'x'.repeat(51) }, 'bad_state', `to_state must have 1 to 50 characters; got 51`],
    [{ to_state: 'a\0' }, 'bad_state', 'to_state contains U+0000 or half of a surrogate pair, which cannot be stored'],
    [{ from_state: 'x'.repeat(51) }, 'bad_state', `from_state must have 0 to 50 characters; got 51`],
    [{ actor: 'x'.repeat(256) }, 'bad_actor', 'actor must have 0 to 255 characters; got 256'],
    [{ title: '🚀'.repeat(501) }, 'bad_title', 'title must have 0 to 500 characters; got 501'],
    [{ title: '\ud800' }, 'bad_title', 'title contains U+0000 or half of a surrogate pair, which cannot be stored'],
    [{ at: '' }, 'bad_time', 'at must be a time such as 2026-01-31T12:00:00Z; got ""'],
    [{ at: '31.1.2026' }, 'bad_time', 'at must be a time such as 2026-01-31T12:00:00Z; got "31.1.2026"'],
    [
      { at: '1969-12-31T23:59:59.999Z' },
      'time_out_of_range',
      'at must not be before 1970; got 1969-12-31T23:59:59.999Z',
    ],
    [
      { at: '2026-11-26T12:00:00.001Z' },
      'time_out_of_range',
      'at must not be more than a day in the future; got 2026-11-26T12:00:00.001Z',
    ],
  ])('refuses %j', (changed, code, reason) => {
    expect(check(changed)).toEqual({ line: 7, code, reason });
  });

  it.each(['1970-01-01T00:00:00Z', '2026-11-26T12:00:00Z'])('takes the utmost time %s', (at) => {
    expect(check({ at })).toMatchObject({ at: Date.parse(at) });
  });
});

describe('checkTicketId', () => {
  it.each(['T-1', ' ', 'é'.repeat(255)])('takes %j', (id) => expect(checkTicketId(id)).toBeUndefined());

  it.each([
    ['', 'ticket_id must have 1 to 255 characters; got ""'],
    ['x'.repeat(256), 'ticket_id must have 1 to 255 characters; got 256'],
    ['a\0b', 'ticket_id contains U+0000 or half of a surrogate pair, which cannot be stored'],
  ])('refuses %j', (id, reason) => expect(checkTicketId(id)).toBe(reason));
});
