import { DomainError } from '../problems/domain-error';
import { ANONYMOUS, type Caller, type Role } from './caller';
import { actorOf } from './current-caller';

const holder = (role: Role): Caller => ({ name: 'agent-7', actorKind: 'agent', role, projectId: null, keyId: 'k' });

const errorOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe('actorOf', () => {
  it('accepts any name from a caller without a key and records the kind system', () => {
    expect(actorOf(ANONYMOUS)).toEqual({ name: 'system', actorKind: 'system' });
    expect(actorOf(ANONYMOUS, 'anna')).toEqual({ name: 'anna', actorKind: 'system' });
  });

  it.each(['viewer', 'worker', 'admin'] as const)('records the name of the key of a %s', (role) => {
    expect(actorOf(holder(role))).toEqual({ name: 'agent-7', actorKind: 'agent' });
    expect(actorOf(holder(role), 'agent-7')).toEqual({ name: 'agent-7', actorKind: 'agent' });
  });

  it.each(['anna', 'Agent-7', 'agent-7 ', 'system', ''])(
    'rejects the name %j from the key of a worker',
    (requested) => {
      const error = errorOf(() => actorOf(holder('worker'), requested));
      expect(error).toBeInstanceOf(DomainError);
      expect(error).toMatchObject({ code: 'forbidden', message: expect.stringContaining('"agent-7"') });
    },
  );

  it('accepts any name from an admin and records the kind of its key', () => {
    expect(actorOf(holder('admin'), 'anna')).toEqual({ name: 'anna', actorKind: 'agent' });
  });
});
