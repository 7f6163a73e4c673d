import {
  applyDecorators,
  Controller,
  Header,
  HttpCode,
  RequestMapping,
  RequestMethod,
  type Type,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiBearerAuth,
  ApiConsumes,
  ApiExtension,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
  type ApiParamOptions,
} from '@nestjs/swagger';
import type { ProblemCode } from '../../problems/domain-error';
import { JSON_TYPE, MERGE_PATCH, type RouteRole, type RouteSettings } from '../server/route-config';
import { ApiProblems } from './problem-responses';

/** The name of the security scheme: an API key as a bearer token. */
export const KEY_SCHEME = 'key';

/** The groups of operations in the document, with their descriptions. */
export const TAGS = {
  Tickets: 'Create, find, edit and archive tickets.',
  Phases: 'Move tickets and read their history.',
  Workflows: 'Define phases and the transitions between them.',
  Projects: 'Group tickets.',
  Keys: 'Manage API keys and their roles.',
  Operations: 'Check health and read metrics.',
} as const;

/** A successful response of an endpoint. */
interface SuccessResponse {
  /** Defaults to 200. */
  readonly status?: 200 | 201 | 202 | 204;
  readonly description: string;
  /** The schema of the JSON body. A list (`[TicketDto]`) is a page, so the response has a `Link` header. */
  readonly type?: Type | [Type];
  /** Bodies of other media types, in place of `type`. */
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
  /** The description of the `Location` header. */
  readonly location?: string;
  /** The response has the version of a ticket as its `ETag`. */
  readonly etag?: boolean;
}

/** Everything about an endpoint but the types of its body and query, which are those of its method's parameters. */
interface EndpointOptions {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Relative to the API prefix, such as `tickets/:id`. */
  readonly path: string;
  /** The role that a caller needs; `public`: callers need no key. */
  readonly role: RouteRole;
  readonly summary: string;
  readonly description?: string;
  /** The parameters in `path`. */
  readonly params?: readonly ApiParamOptions[];
  /** The response to a success. Of several, the first has the status that Nest sends by default. */
  readonly returns: SuccessResponse | readonly [SuccessResponse, ...SuccessResponse[]];
  /** The problems of this endpoint. Those that follow from the other options are added. */
  readonly problems?: readonly ProblemCode[];
  /** The maximum size of the body, in bytes, where it is not the default. */
  readonly bodyLimit?: number;
  /** The endpoint accepts an `If-Match` header. */
  readonly ifMatch?: boolean;
  /** The endpoint accepts an `If-None-Match` header and answers 304. */
  readonly ifNoneMatch?: boolean;
  /** The endpoint accepts an `Idempotency-Key`. */
  readonly idempotent?: boolean;
  /** The response must not be stored by caches. */
  readonly noStore?: boolean;
  /** The list is never compressed, because the length of a compressed response can disclose what it contains. */
  readonly uncompressed?: boolean;
  /** The `Content-Type` of the response, where it is not JSON. */
  readonly contentType?: string;
  /** The rate limit does not apply. */
  readonly unlimited?: boolean;
}

/** Documents the parameter `id` of a path. */
export function idParam(resource: string): ApiParamOptions {
  return { name: 'id', description: `The id of the ${resource}.`, schema: { type: 'string', format: 'uuid' } };
}

/** Declares a controller, and the group of its operations in the document. */
export function Endpoints(tag: keyof typeof TAGS): ClassDecorator {
  return applyDecorators(Controller(), ApiTags(tag));
}

/** Declares a method of a controller as an endpoint: its route, who may call it, and its operation in the document. */
export function Endpoint(options: EndpointOptions): MethodDecorator {
  const { method, path, role, summary, description, params = [], bodyLimit, unlimited, contentType } = options;
  const responses = [options.returns].flat();
  const isList = responses.some(({ type }) => Array.isArray(type));
  const list = isList ? { compressed: !options.uncompressed } : undefined;
  const settings: RouteSettings = { role, bodyLimit, unlimited, list };
  return applyDecorators(
    RequestMapping({ method: RequestMethod[method], path }),
    HttpCode(responses[0]?.status ?? 200),
    RouteConfig(settings),
    ...(options.noStore ? [Header('cache-control', 'no-store')] : []),
    ...(contentType === undefined ? [] : [Header('content-type', contentType)]),
    ApiOperation({ summary, description, ...(role === 'public' ? { security: [] } : {}) }),
    ApiExtension('x-required-role', role),
    ...(role === 'public' ? [] : [ApiBearerAuth(KEY_SCHEME)]),
    ...(method === 'PATCH' ? [ApiConsumes(JSON_TYPE, MERGE_PATCH)] : []),
    ...params.map((param) => ApiParam(param)),
    ...requestHeaders(options, isList).map((header) => ApiHeader(header)),
    ...responses.map((response) => ApiResponse(documented(response, options))),
    ...(options.ifNoneMatch ? [ApiResponse({ status: 304, description: NOT_MODIFIED, headers: ETAG_HEADER })] : []),
    ...(isList ? [ApiResponse({ status: 304, description: LIST_NOT_MODIFIED, headers: LIST_ETAG_HEADER })] : []),
    ApiProblems(...problemsOf(options)),
  );
}

function requestHeaders({ ifMatch, ifNoneMatch, idempotent }: EndpointOptions, isList: boolean) {
  return [ifMatch && IF_MATCH, (ifNoneMatch || isList) && IF_NONE_MATCH, idempotent && IDEMPOTENCY_KEY].filter(
    (header) => !!header,
  );
}

function documented(response: SuccessResponse, { noStore }: EndpointOptions) {
  const { status = 200, type, content, description, location, etag } = response;
  const headers = {
    ...(etag ? ETAG_HEADER : {}),
    ...(location === undefined ? {} : { Location: { description: location, schema: { type: 'string' } } }),
    ...(Array.isArray(type) ? { ...LINK_HEADER, ...LIST_ETAG_HEADER } : {}),
    ...(noStore ? NO_STORE_HEADER : {}),
  };
  return {
    status,
    description,
    ...(type === undefined ? {} : { type }),
    ...(content === undefined ? {} : { content }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
  };
}

/** Only a viewer's commands change nothing, so only those have no unknown outcome. */
function problemsOf({ method, role, problems = [], idempotent, unlimited }: EndpointOptions): ProblemCode[] {
  const isCommand = method !== 'GET';
  return [
    ...problems,
    ...(isCommand && role !== 'viewer' ? (['outcome_unknown'] as const) : []),
    ...(isCommand ? (['malformed_json', 'payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(idempotent ? (['idempotency_key_in_use', 'idempotency_key_reused'] as const) : []),
    ...(role === 'public' ? [] : (['unauthenticated'] as const)),
    ...(unlimited ? [] : (['too_many_requests'] as const)),
    ...(['forbidden', 'validation_failed', 'uri_too_long', 'internal_error', 'busy'] as const),
  ];
}

const NOT_MODIFIED = 'The ticket still has the version in `If-None-Match`.';

const LIST_NOT_MODIFIED = 'The page is still the one with the tag in `If-None-Match`.';

const LINK_HEADER = {
  Link: {
    description: 'The URL of the next page, as `<url>; rel="next"` (RFC 8288). Absent on the last page.',
    schema: { type: 'string' },
  },
} as const;

const ETAG_HEADER = {
  ETag: { description: 'The version of the ticket, in quotes.', schema: { type: 'string' }, example: '"3"' },
} as const;

const LIST_ETAG_HEADER = {
  ETag: {
    description: 'A weak tag of the page. It changes with its contents.',
    schema: { type: 'string' },
    example: 'W/"2jmj7l5rSw0yVb_vlWAYkK_YBwk"',
  },
} as const;

const NO_STORE_HEADER = {
  'Cache-Control': { description: 'Always `no-store`.', schema: { type: 'string' } },
} as const;

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  description:
    'Makes the request safe to retry. For 24 hours, a request with the same key, method, path and body returns the stored ' +
    'response with `Idempotent-Replayed: true` and has no further effect.',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
} as const;

const IF_MATCH = {
  name: 'If-Match',
  description: 'The `ETag` that the ticket must have, or `*` for any version.',
  required: false,
  schema: { type: 'string' },
} as const;

const IF_NONE_MATCH = {
  name: 'If-None-Match',
  description: 'The `ETag` that the client already has. If it is still current, the server returns 304.',
  required: false,
  schema: { type: 'string' },
} as const;
