import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AddressInfo } from 'node:net';
import supertest from 'supertest';
import { AppModule } from '../src/app.module';
import { createAdapter } from '../src/http/server/adapter';
import { configureApp, type AppSettings } from '../src/http/server/configure-app';
import { createTestDatabase, type TestDatabase } from './database';
import { OpenApiContract, type OpenApi } from './openapi-contract';

/** The real application on a database of its own, configured as the server configures it. */
export interface TestApp {
  readonly nest: NestFastifyApplication;
  readonly database: TestDatabase;
  readonly document: OpenAPIObject;
  /** Where it listens, such as http://127.0.0.1:41235. */
  readonly origin: string;
  /** Sends requests to `origin`. */
  readonly api: ReturnType<typeof supertest.agent>;
  readonly contract: ContractWatch;
  /** Stops the application, and fails when a response has violated the OpenAPI document. */
  close(): Promise<void>;
}

/**
 * @param database given where several applications share one
 * @param options as `configureApp` takes them
 * @param mutate changes the document that responses are checked against, to test the check itself
 */
export async function startTestApp(
  database?: TestDatabase,
  options: AppSettings = {},
  mutate: (document: OpenAPIObject) => void = () => undefined,
): Promise<TestApp> {
  const own = database ?? (await createTestDatabase());
  const module = await Test.createTestingModule({ imports: [AppModule.on(own.url, 10)] }).compile();
  const nest = module.createNestApplication<NestFastifyApplication>(createAdapter(undefined, options), {
    bodyParser: false,
    logger: ['fatal'],
  });
  const document = await configureApp(nest, options);
  const checked = structuredClone(document);
  mutate(checked);
  const contract = new ContractWatch(checked);
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

/** Checks every response of an application against its own OpenAPI document. */
export class ContractWatch {
  readonly violations = new Set<string>();
  /** Each checked operation with the status of its response. */
  readonly seen = new Set<string>();
  private readonly contract: OpenApiContract;

  constructor(document: OpenAPIObject) {
    this.contract = new OpenApiContract(document as unknown as OpenApi);
  }

  watch(fastify: FastifyInstance): void {
    fastify.addHook('onSend', (request, reply, payload, done) => {
      this.check(request, reply, payload);
      done(null, payload);
    });
  }

  private check(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const { method } = request;
    const path = request.routeOptions.url?.replaceAll(/:(\w+)/g, '{$1}') ?? '';
    const status = reply.statusCode;
    const isDocumented = method !== 'HEAD' && this.contract.isDocumented({ method, path });
    const where = `${method} ${isDocumented ? path : request.url} → ${status}`;
    this.seen.add(where);
    // Outside the document there are the pages of Swagger UI, and problems.
    if (method === 'HEAD' || (!isDocumented && status < 400)) return;
    const contentType = reply.getHeader('content-type')?.toString();
    const response = { status, contentType, text: payload ? String(payload) : '' };
    const violation = this.contract.violationOf({ method, path }, response, false);
    if (violation !== undefined) this.violations.add(`${where} ${violation}`);
  }
}
