import supertest from 'supertest';
import { ApiKeyService, type NewApiKey } from '../src/access/api-key.service';
import { CommandRunner } from '../src/idempotency/command-runner';
import type { TestApp } from './app';

let made = 0;

/** Makes a key past the API, and gives its secret: a service's with the role of an admin unless told otherwise. */
export async function makeKey(app: TestApp, values: Partial<NewApiKey> = {}): Promise<string> {
  const name = `key-${(made += 1)}`;
  const defaults = { name, actorKind: 'service', role: 'admin', projectId: null, expiresAt: null } as const;
  const command = app.nest.get(ApiKeyService).createKey({ ...defaults, ...values });
  return (await app.nest.get(CommandRunner).execute(command)).secret;
}

/** The same application, asked with a key. */
export function withKey(app: TestApp, secret: string): TestApp {
  return { ...app, api: supertest.agent(app.origin).set('authorization', `Bearer ${secret}`) };
}
