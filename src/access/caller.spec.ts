import { DomainError } from '../problems/domain-error';
import { actorOf, ANONYMOUS, type Caller, type Role } from './caller';

const holder = (role: Role): Caller => ({ name: 'agent-7', actorKind: 'agent', role, projectId: null, keyId: 'k' });

const refusalOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe('actorOf', () => {
  it('records the named actor without authentication', () => {
    expect(actorOf(ANONYMOUS)).toEqual({ name: 'system', actorKind: 'system' });
    expect(actorOf(ANONYMOUS, 'anna')).toEqual({ name: 'anna', actorKind: 'system' });
  });

  it.each(['viewer', 'worker', 'admin'] as const)('records the name of the key of a %s', (role) => {
    expect(actorOf(holder(role))).toEqual({ name: 'agent-7', actorKind: 'agent' });
    expect(actorOf(holder(role), 'agent-7')).toEqual({ name: 'agent-7', actorKind: 'agent' });
  });

  it.each(['anna', 'Agent-7', 'agent-7 ', 'system', ''])('rejects a worker that names the actor %j', (claimed) => {
    const refusal = refusalOf(() => actorOf(holder('worker'), claimed));
    expect(refusal).toBeInstanceOf(DomainError);
    expect(refusal).toMatchObject({ code: 'forbidden', message: expect.stringContaining('"agent-7"') });
  });

  it("records the actor that an admin names, with the kind of the admin's key", () => {
    expect(actorOf(holder('admin'), 'anna')).toEqual({ name: 'anna', actorKind: 'agent' });
  });
});
