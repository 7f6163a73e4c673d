import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { OpenApi, Operation } from './document';
import type { WireAnswer } from './wire-request';

/** Holds answers, and bodies of requests, against an OpenAPI document. */
export class Contract {
  private readonly ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));

  constructor(private readonly document: OpenApi) {
    this.ajv.addSchema({ $id: 'openapi', ...closed(document) } as object, 'openapi');
  }

  /** What is wrong with an answer; undefined when it is one of those that the document tells of. */
  faultOf({ path }: Operation, method: string, answer: WireAnswer): string | undefined {
    const isHead = method === 'HEAD';
    const name = isHead ? 'get' : method.toLowerCase();
    const operation = this.document.paths[path]?.[name];
    if (operation === undefined) return isHead ? undefined : this.faultOfProblem(answer);
    const listed = this.responseOf(path, name, String(answer.status));
    if (listed !== undefined && isHead) return undefined;
    const fault = listed && this.faultOfBody(listed, answer);
    if (listed !== undefined && fault === undefined) return undefined;
    // What does not reach the operation is answered as the document says for all of them.
    const elsewhere = this.responseOf(path, name, 'default');
    if (elsewhere === undefined) return fault ?? `the status ${answer.status} is not documented`;
    const other = isHead ? undefined : this.faultOfBody(elsewhere, answer);
    return other && (fault ?? other);
  }

  /** Whether a body is one that the document allows for the operation. */
  allows({ method, path }: Operation, body: unknown): boolean {
    const steps = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
    return this.ajv.getSchema(`openapi#${pointer(steps)}`)!(body) === true;
  }

  private responseOf(path: string, method: string, status: string) {
    const response = this.document.paths[path]![method]!.responses[status];
    if (response?.$ref === undefined) {
      return response && { steps: ['paths', path, method, 'responses', status], content: response.content };
    }
    const steps = response.$ref.split('/').slice(1);
    return { steps, content: this.document.components.responses?.[steps.at(-1)!]?.content };
  }

  private faultOfBody(
    { steps, content }: { steps: readonly string[]; content?: Readonly<Record<string, unknown>> },
    answer: WireAnswer,
  ): string | undefined {
    const type = answer.headers['content-type']?.split(';')[0] ?? 'none';
    if (content === undefined) return answer.text === '' ? undefined : 'it has a body, which is not documented';
    if (content[type] === undefined) return `the type ${type} is not documented`;
    return type.endsWith('json') ? this.faultOfJson([...steps, 'content', type, 'schema'], answer) : undefined;
  }

  /** Outside of the operations there are only problems. */
  private faultOfProblem(answer: WireAnswer): string | undefined {
    if (answer.status < 400) return `nothing is documented here, but it answers ${answer.status}`;
    return this.faultOfJson(['components', 'schemas', 'Problem'], answer);
  }

  private faultOfJson(steps: readonly string[], { text }: WireAnswer): string | undefined {
    const validate = this.ajv.getSchema(`openapi#${pointer(steps)}`)!;
    try {
      return validate(JSON.parse(text)) ? undefined : this.ajv.errorsText(validate.errors);
    } catch {
      return 'it is not JSON';
    }
  }
}

function pointer(steps: readonly string[]): string {
  return steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
}

/** The document's objects, closed: a member that is not documented is a fault, too. */
function closed(document: OpenApi): OpenApi {
  const copy = structuredClone(document);
  for (const schema of Object.values(copy.components.schemas)) {
    if ('properties' in schema && !('additionalProperties' in schema))
      Object.assign(schema, { additionalProperties: false });
  }
  return copy;
}
