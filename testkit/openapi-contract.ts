import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

/** A JSON Schema, as far as requests are generated from it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly example?: unknown;
}

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: JsonSchema;
}

interface OpenApiContent {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

interface OpenApiOperation {
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: OpenApiContent;
  readonly responses: Readonly<Record<string, OpenApiContent & { readonly $ref?: string }>>;
}

/** An OpenAPI document, as far as tests and programs read it. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses?: Readonly<Record<string, OpenApiContent>>;
  };
}

/** An operation's address: the method in capitals, and the path with its parameters in braces. */
export interface OperationAddress {
  readonly method: string;
  readonly path: string;
}

/** The parts of a response that a document describes. */
export interface CheckedResponse {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
}

/** A response in the document: where it stands, and its content by media type. */
interface ListedResponse extends OpenApiContent {
  readonly steps: readonly string[];
}

/** Checks responses, and bodies of requests, against an OpenAPI document. Undocumented members are violations. */
export class OpenApiContract {
  private readonly ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));
  private readonly problem: string;

  constructor(private readonly document: OpenApi) {
    this.ajv.addSchema({ $id: 'openapi', ...closed(document) } as object, 'openapi');
    this.problem = Object.keys(document.components.schemas).find((name) => /^Problem(Dto)?$/.test(name)) ?? 'Problem';
  }

  isDocumented({ method, path }: OperationAddress): boolean {
    return this.document.paths[path]?.[method.toLowerCase()] !== undefined;
  }

  /**
   * Returns how a response deviates from the document; undefined when it conforms. Outside the documented operations,
   * a failure must be a problem document.
   *
   * @param acceptDefault whether an operation's `default` response may take the place of one for the status
   */
  violationOf(address: OperationAddress, response: CheckedResponse, acceptDefault: boolean): string | undefined {
    const isHead = address.method === 'HEAD';
    const operation = isHead ? { ...address, method: 'GET' } : address;
    if (!this.isDocumented(operation)) return isHead ? undefined : this.violationOfProblem(response);
    const listed = this.listed(operation, String(response.status));
    const violation = listed ? this.violationOfBody(listed, response, isHead) : 'is not documented';
    const fallback = acceptDefault ? this.listed(operation, 'default') : undefined;
    if (violation === undefined || fallback === undefined) return violation;
    return this.violationOfBody(fallback, response, isHead) && violation;
  }

  /** Returns whether the document allows a JSON body for an operation. */
  allows({ method, path }: OperationAddress, body: unknown): boolean {
    const steps = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
    return this.validator(steps)(body) === true;
  }

  private listed({ method, path }: OperationAddress, status: string): ListedResponse | undefined {
    const response = this.document.paths[path]?.[method.toLowerCase()]?.responses[status];
    if (response?.$ref === undefined) {
      return response && { steps: ['paths', path, method.toLowerCase(), 'responses', status], ...response };
    }
    const steps = response.$ref.split('/').slice(1);
    return { steps, ...this.document.components.responses?.[steps.at(-1) ?? ''] };
  }

  private violationOfBody({ steps, content }: ListedResponse, response: CheckedResponse, isHead: boolean) {
    if (isHead) return undefined;
    const type = response.contentType?.split(';')[0] || 'none';
    if (content === undefined) return response.text === '' ? undefined : 'has a body that is not documented';
    if (content[type] === undefined) return `has the type ${type}, which is not documented`;
    return type.endsWith('json') ? this.violationOfJson([...steps, 'content', type, 'schema'], response) : undefined;
  }

  private violationOfProblem(response: CheckedResponse): string | undefined {
    return this.violationOfJson(['components', 'schemas', this.problem], response);
  }

  private violationOfJson(steps: readonly string[], { text }: CheckedResponse): string | undefined {
    const validate = this.validator(steps);
    try {
      if (validate(JSON.parse(text))) return undefined;
    } catch {
      return `is not JSON: ${text.slice(0, 300)}`;
    }
    return `${this.ajv.errorsText(validate.errors)}: ${text.slice(0, 300)}`;
  }

  private validator(steps: readonly string[]) {
    const pointer = steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`);
    const validate = this.ajv.getSchema(`openapi#${pointer.join('')}`);
    if (validate === undefined) throw new Error(`The document has no schema at ${pointer.join('')}.`);
    return validate;
  }
}

/** Copies the document with objects that accept no undocumented member. */
function closed(document: OpenApi): OpenApi {
  const copy = structuredClone(document);
  for (const schema of Object.values(copy.components.schemas)) {
    if ('properties' in schema && !('additionalProperties' in schema)) {
      Object.assign(schema, { additionalProperties: false });
    }
  }
  return copy;
}
