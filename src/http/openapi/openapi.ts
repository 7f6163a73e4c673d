import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { KEY_SCHEME, TAGS } from './endpoint';
import { PROBLEM_MODELS } from './problem.dto';
import { problemsElsewhere } from './problem-responses';
import { operationsOf, parametersIn } from './operations';

/** The version of package.json. */
export const API_VERSION = '0.1.0';

const DESCRIPTION = `Tickets move through phases under one state machine. Every move is committed together with its
history row, and every "no" is a problem document (RFC 9457) with a stable \`code\` and the facts behind it.`;

/** Builds the OpenAPI 3.1 document from the decorators of controllers and DTOs. */
export function buildDocument(app: NestFastifyApplication): OpenAPIObject {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.1')
    .setTitle('Phaseline')
    .setDescription(DESCRIPTION)
    .setVersion(API_VERSION)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer('/')
    .addBearerAuth(
      { type: 'http', description: 'An API key; needed where AUTH=required.', bearerFormat: 'pl_…' },
      KEY_SCHEME,
    );
  for (const [name, description] of Object.entries(TAGS)) outline.addTag(name, description);
  const document = SwaggerModule.createDocument(app, outline.build(), {
    extraModels: PROBLEM_MODELS,
    operationIdFactory: (_controller, method) => method,
  });
  return withCommonHeaders(withDefaultResponse(document));
}

/** Some problems belong to no operation: no route, no such method, a request that never arrived whole. */
function withDefaultResponse(document: OpenAPIObject): OpenAPIObject {
  const name = 'NotReached';
  document.components = { ...document.components, responses: { [name]: problemsElsewhere() } };
  for (const { operation } of operationsOf(document)) {
    operation.responses.default = { $ref: `#/components/responses/${name}` };
  }
  return document;
}

/** Headers that no operation makes by itself. */
const COMMON_HEADERS = {
  RateLimit: {
    description: 'Where the caller stands, such as `"default";r=599;t=42`. Where a rate limit is set.',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': {
    description: 'What is allowed, such as `"default";q=600;w=60`. Where a rate limit is set.',
    schema: { type: 'string' },
  },
  'Idempotent-Replayed': {
    description: '`true` where this is the answer of an earlier request with the same Idempotency-Key.',
    schema: { type: 'string' },
  },
} as const;

type HeaderName = keyof typeof COMMON_HEADERS;

/** What is counted tells so in every answer, and what is kept may be told again. */
function withCommonHeaders(document: OpenAPIObject): OpenAPIObject {
  for (const { operation } of operationsOf(document)) {
    const { responses } = operation;
    const names: HeaderName[] = [
      ...('429' in responses ? (['RateLimit', 'RateLimit-Policy'] as const) : []),
      ...(parametersIn('header', operation).includes('Idempotency-Key') ? (['Idempotent-Replayed'] as const) : []),
    ];
    const headers = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
    for (const response of Object.values(responses)) {
      if (response !== undefined && 'description' in response) response.headers = { ...response.headers, ...headers };
    }
  }
  document.components = { ...document.components, headers: { ...COMMON_HEADERS } };
  return document;
}

/** Serves the document at /openapi.json and Swagger UI at /docs. */
export function serveDocument(app: NestFastifyApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Phaseline API',
    swaggerOptions: { displayRequestDuration: true, tryItOutEnabled: true, defaultModelsExpandDepth: 0 },
  });
}
