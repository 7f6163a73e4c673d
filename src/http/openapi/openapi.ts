import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { KEY_SCHEME, TAGS } from './endpoint';
import { operationsOf, parametersIn } from './operations';
import { PROBLEM_MODELS } from './problem.dto';
import { problemsElsewhere } from './problem-responses';

/** The version of package.json. */
export const API_VERSION = '0.1.0';

const DESCRIPTION = `Phaseline tracks the phase of every ticket and enforces how it may change. Every transition is committed
together with its history row. Every error is a problem document (RFC 9457) with a stable \`code\`.`;

/**
 * Builds the OpenAPI 3.1 document from the decorators of controllers and DTOs.
 *
 * @param basePath the path prefix of the server; empty: none
 */
export function buildDocument(app: NestFastifyApplication, basePath = ''): OpenAPIObject {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.1')
    .setTitle('Phaseline')
    .setDescription(DESCRIPTION)
    .setVersion(API_VERSION)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer(basePath || '/')
    .addBearerAuth(
      {
        type: 'http',
        description: 'An API key. Required when the server runs with `AUTH=required`.',
        bearerFormat: 'pl_…',
      },
      KEY_SCHEME,
    );
  for (const [name, description] of Object.entries(TAGS)) outline.addTag(name, description);
  const document = SwaggerModule.createDocument(app, outline.build(), {
    extraModels: PROBLEM_MODELS,
    operationIdFactory: (_controller, method) => method,
  });
  addDefaultResponse(document);
  addCommonHeaders(document);
  addBodyExamples(document);
  describeDefaults(document);
  return withoutDtoSuffix(document);
}

/** Adds the problems that belong to no operation: an unknown route or method, a request that did not arrive. */
function addDefaultResponse(document: OpenAPIObject): void {
  const name = 'NotReached';
  document.components = { ...document.components, responses: { [name]: problemsElsewhere() } };
  for (const { operation } of operationsOf(document)) {
    operation.responses.default = { $ref: `#/components/responses/${name}` };
  }
}

const COMMON_HEADERS = {
  RateLimit: {
    description: 'The remaining requests, such as `"default";r=599;t=42`. Present when the server has a rate limit.',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': {
    description: 'The rate limit, such as `"default";q=600;w=60`. Present when the server has a rate limit.',
    schema: { type: 'string' },
  },
  'Idempotent-Replayed': {
    description: '`true` when this is the stored response of an earlier request with the same idempotency key.',
    schema: { type: 'string' },
  },
} as const;

type HeaderName = keyof typeof COMMON_HEADERS;

/** Adds the headers that hooks set: those of the rate limit, and of a replayed response. */
function addCommonHeaders(document: OpenAPIObject): void {
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
}

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Schemas[string];

/**
 * Adds an example to every body, made of the fields that have one. Without it, Swagger UI would fill in all fields, also
 * those that make a request fail, such as `expected_version`.
 */
function addBodyExamples({ components, ...document }: OpenAPIObject): void {
  const schemas = components?.schemas ?? {};
  for (const { operation } of operationsOf(document)) {
    const { requestBody } = operation;
    if (requestBody === undefined || !('content' in requestBody)) continue;
    for (const media of Object.values(requestBody.content)) media.example = exampleOf(media.schema, schemas);
  }
}

function exampleOf(schema: Schema | undefined, schemas: Schemas): unknown {
  if (schema === undefined) return undefined;
  if ('$ref' in schema) return exampleOf(schemas[schema.$ref.split('/').at(-1) ?? ''], schemas);
  if (schema.example !== undefined) return schema.example as unknown;
  if (schema.items !== undefined && '$ref' in schema.items) return [exampleOf(schema.items, schemas)];
  if (schema.properties === undefined) return undefined;
  const examples = Object.entries(schema.properties).map(([name, field]) => [name, exampleOf(field, schemas)] as const);
  return Object.fromEntries(examples.filter(([, example]) => example !== undefined));
}

/** Moves the defaults of body fields to their descriptions: generators of types take a field with a default for required. */
function describeDefaults({ components }: OpenAPIObject): void {
  const fields = Object.values(components?.schemas ?? {}).flatMap((schema) =>
    'properties' in schema ? Object.values(schema.properties ?? {}) : [],
  );
  for (const field of fields) {
    if (!('default' in field) || field.default === undefined) continue;
    const preset = typeof field.default === 'string' ? field.default : JSON.stringify(field.default);
    field.description = `${field.description} Defaults to \`${preset}\`.`;
    delete field.default;
  }
}

/** Names schemas as clients know them: `Ticket`, not `TicketDto`. */
function withoutDtoSuffix(document: OpenAPIObject): OpenAPIObject {
  const text = JSON.stringify(document).replaceAll(/"(#\/components\/schemas\/\w+)Dto"/g, '"$1"');
  const renamed = JSON.parse(text) as OpenAPIObject;
  const schemas = Object.entries(renamed.components?.schemas ?? {});
  const named = schemas.map(([name, schema]) => [name.replace(/Dto$/, ''), schema] as const);
  return { ...renamed, components: { ...renamed.components, schemas: Object.fromEntries(named) } };
}
