import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import type { AddressInfo } from 'node:net';
import supertest from 'supertest';
import { AppModule } from '../src/app.module';
import { createAdapter } from '../src/http/server/adapter';
import { configureApp, type AppSettings } from '../src/http/server/configure-app';
import { ContractWatch } from './contract';
import { createTestDatabase, type TestDatabase } from './database';

/** The real application on a database of its own, as the server starts it. */
export interface TestApp {
  readonly nest: NestFastifyApplication;
  readonly database: TestDatabase;
  readonly document: OpenAPIObject;
  /** Where it listens, such as http://127.0.0.1:41235. */
  readonly origin: string;
  /** Sends requests below /api/v1, and outside of it with `raw`. */
  readonly api: ReturnType<typeof supertest.agent>;
  readonly contract: ContractWatch;
  /** Ends it, and fails when any answer did not keep to the OpenAPI document. */
  close(): Promise<void>;
}

/**
 * @param database given where several applications share one
 * @param options as `configureApp` takes them
 * @param spoil changes the document that answers are held against, where a test wants to see them fall short of it
 */
export async function startTestApp(
  database?: TestDatabase,
  options: AppSettings = {},
  spoil: (document: OpenAPIObject) => void = () => undefined,
): Promise<TestApp> {
  const own = database ?? (await createTestDatabase());
  const module = await Test.createTestingModule({ imports: [AppModule.on(own.url, 10)] }).compile();
  const nest = module.createNestApplication<NestFastifyApplication>(createAdapter(), {
    bodyParser: false,
    logger: ['fatal'],
  });
  const document = await configureApp(nest, options);
  const agreed = structuredClone(document);
  spoil(agreed);
  const contract = new ContractWatch(agreed);
  contract.watch(nest.getHttpAdapter().getInstance());
  await nest.listen(0, '127.0.0.1');
  const origin = `http://127.0.0.1:${(nest.getHttpServer().address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    await nest.close();
    if (database === undefined) await own.drop();
    expect([...contract.violations].slice(0, 5)).toEqual([]);
  };
  return { nest, database: own, document, contract, origin, api: supertest.agent(origin), close };
}
