import type { Random } from '../random';
import { operationsOf, reachedBy, type OpenApi, type Operation, type Parameter } from './document';
import { spoilBody } from './spoilt-bodies';
import { spoilHeaders, spoilMethod, spoilPath, spoilQuery } from './spoilt-heads';
import type { Values } from './values';
import type { RequestDraft, WireAnswer, WireRequest } from './wire-request';

/** A request. */
export interface Shot {
  /** What it reaches, as far as it reaches any; else what it was meant for. */
  readonly operation: Operation;
  readonly request: WireRequest;
}

/** A request and what came of it; undefined: nothing. */
export interface Hit extends Shot {
  readonly answer: WireAnswer | undefined;
}

/** One request in so many is left as the document wants it. */
const UNSPOILT = 0.15;

/** How often an operation with a body is chosen, for once that another is: there is more to get wrong. */
const BODY_WEIGHT = 3;

/** Makes requests for the operations of a document, and spoils most of them in one or two places. */
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

  next(): Shot {
    const meant = this.random.pick(this.weighted);
    const draft = this.draft(meant);
    if (!this.random.chance(UNSPOILT)) this.spoil(draft, meant);
    if (this.random.chance(0.3)) this.spoil(draft, meant);
    const { method, path, query, headers, body } = draft;
    const operation = reachedBy(this.operations, meant, path);
    return { operation, request: { method, target: path + query, headers, ...(body && { body }) } };
  }

  private draft({ method, path, parameters, body }: Operation): RequestDraft {
    const query = new URLSearchParams();
    for (const parameter of parameters) {
      if (parameter.in !== 'query' || parameter.name === 'cursor' || this.random.chance(0.6)) continue;
      query.set(parameter.name, String(this.values.fitting(parameter.schema)));
    }
    return {
      method,
      path: path.replaceAll(/\{(\w+)\}/g, (_, name) => this.partOf(parameters, name as string)),
      query: query.size > 0 ? `?${query.toString()}` : '',
      headers: [['host', '127.0.0.1'], ...(body ? ([['content-type', 'application/json']] as [string, string][]) : [])],
      ...(body && { body: Buffer.from(JSON.stringify(this.values.fitting(body))) }),
    };
  }

  private partOf(parameters: readonly Parameter[], name: string): string {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return parameter === undefined ? this.values.id() : this.values.part(parameter);
  }

  private spoil(draft: RequestDraft, operation: Operation): void {
    const { document, values, random } = this;
    const what = random.next();
    if (operation.body !== undefined && what < 0.65) spoilBody(draft, operation.body, { document, values, random });
    else if (what < 0.75) spoilHeaders(draft, random);
    else if (what < 0.82) spoilMethod(draft, random);
    else if (what < 0.9) spoilPath(draft, operation, values, random);
    else spoilQuery(draft, operation, values, random);
  }
}
