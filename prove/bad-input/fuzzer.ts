import type { Random } from '../random';
import type { OpenApi, OpenApiParameter } from '../../testkit/openapi-contract';
import { mutateBody, mutateHeaders, mutateMethod, mutatePath, mutateQuery, type RequestDraft } from './mutations';
import type { RawRequest, RawResponse } from './raw-connection';
import type { Operation, Values } from './values';

/** A generated request. */
export interface FuzzedRequest {
  /** The operation that it addresses; where it addresses none, the intended one. */
  readonly operation: Operation;
  readonly request: RawRequest;
}

/** A request with its response; undefined: none arrived. */
export interface Exchange extends FuzzedRequest {
  readonly response: RawResponse | undefined;
}

/** The share of requests that stay valid. */
const VALID_SHARE = 0.15;

/** The weight of operations with a body, which have more to mutate. */
const BODY_WEIGHT = 3;

/** Generates requests for the operations of a document and mutates most of them in one or two places. */
export class Fuzzer {
  private readonly operations: readonly Operation[];
  private readonly weighted: readonly Operation[];

  constructor(
    private readonly document: OpenApi,
    private readonly values: Values,
    private readonly random: Random,
  ) {
    this.operations = operationsOf(document);
    this.weighted = this.operations.flatMap((operation) =>
      Array.from({ length: operation.body === undefined ? 1 : BODY_WEIGHT }, () => operation),
    );
  }

  next(): FuzzedRequest {
    const intended = this.random.pick(this.weighted);
    const draft = this.draft(intended);
    if (!this.random.chance(VALID_SHARE)) this.mutate(draft, intended);
    if (this.random.chance(0.3)) this.mutate(draft, intended);
    const { method, path, query, headers, body } = draft;
    const operation = reachedBy(this.operations, intended, path);
    return { operation, request: { method, target: path + query, headers, ...(body && { body }) } };
  }

  private draft({ method, path, parameters, body }: Operation): RequestDraft {
    const query = new URLSearchParams();
    for (const parameter of parameters) {
      if (parameter.in !== 'query' || parameter.name === 'cursor' || this.random.chance(0.6)) continue;
      query.set(parameter.name, String(this.values.valid(parameter.schema)));
    }
    return {
      method,
      path: path.replaceAll(/\{(\w+)\}/g, (_, name) => this.partOf(parameters, name as string)),
      query: query.size > 0 ? `?${query.toString()}` : '',
      headers: [['host', '127.0.0.1'], ...(body ? ([['content-type', 'application/json']] as [string, string][]) : [])],
      ...(body && { body: Buffer.from(JSON.stringify(this.values.valid(body))) }),
    };
  }

  private partOf(parameters: readonly OpenApiParameter[], name: string): string {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return parameter === undefined ? this.values.id() : this.values.part(parameter);
  }

  private mutate(draft: RequestDraft, operation: Operation): void {
    const { document, values, random } = this;
    const choice = random.next();
    if (operation.body !== undefined && choice < 0.65) mutateBody(draft, operation.body, { document, values, random });
    else if (choice < 0.75) mutateHeaders(draft, random);
    else if (choice < 0.82) mutateMethod(draft, random);
    else if (choice < 0.9) mutatePath(draft, operation, values, random);
    else mutateQuery(draft, operation, values, random);
  }
}

export function operationsOf(document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters = [], requestBody }]) => {
      const body = requestBody?.content?.['application/json']?.schema;
      return { method: method.toUpperCase(), path, parameters, body };
    }),
  );
}

/**
 * Returns the operation that a path addresses: a mutated path may address another operation than the intended one.
 *
 * @param operations of the document
 */
export function reachedBy(operations: readonly Operation[], intended: Operation, path: string): Operation {
  if (isPathOf(intended, path)) return intended;
  const reached = operations.filter((operation) => operation.method === intended.method && isPathOf(operation, path));
  return reached.find((operation) => !operation.path.includes('{')) ?? reached[0] ?? intended;
}

function isPathOf({ path: template }: Operation, path: string): boolean {
  const [parts, given] = [template.split('/'), path.split('/')];
  return (
    parts.length === given.length &&
    parts.every((part, i) => part === given[i] || (part.startsWith('{') && given[i] !== ''))
  );
}
