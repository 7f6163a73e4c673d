import supertest from 'supertest';
import { ApiKeyService, type NewApiKey } from '../src/access/api-key.service';
import { ANONYMOUS } from '../src/access/caller';
import { CommandRunner } from '../src/idempotency/command-runner';
import type { TestApp } from './app';

let made = 0;

/** Creates an API key without the API and returns its secret. The defaults are a service with the role admin. */
export async function makeKey(app: TestApp, values: Partial<NewApiKey> = {}): Promise<string> {
  const name = `key-${(made += 1)}`;
  const defaults = { name, actorKind: 'service', role: 'admin', projectId: null, expiresAt: null } as const;
  const command = app.nest.get(ApiKeyService).createKey({ ...defaults, ...values }, ANONYMOUS);
  return (await app.nest.get(CommandRunner).execute(command)).secret;
}

/** Returns the application with a client that sends the key. */
export function withKey(app: TestApp, secret: string): TestApp {
  return { ...app, api: supertest.agent(app.origin).set('authorization', `Bearer ${secret}`) };
}
