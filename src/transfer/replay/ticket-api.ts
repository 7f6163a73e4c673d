import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpResponse, HttpConnection } from './http-connection';
import { TransferError } from '../transfer-error';
import { type DefinedWorkflow, definedWorkflowOf } from './defined-workflow';

/** The result of a command. */
export type CommandResult =
  | { readonly kind: 'done'; readonly id: string; readonly phase: string }
  /**
   * The rules of the workflow reject the command. `phase` is the current phase of the ticket, if the response has it.
   */
  | { readonly kind: 'refused'; readonly code: string; readonly phase?: string }
  /** Any other failure. The command may or may not have taken effect. */
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string };

/** The project and workflow of a new ticket. The server applies its defaults to missing fields. */
export interface TicketScope {
  readonly workflow?: string;
  readonly workflow_version?: number;
  readonly project?: string;
}

export interface TicketCreation extends TicketScope {
  readonly title: string;
  readonly description: string;
  readonly phase_id: string;
}

export interface TransitionBody {
  readonly to_phase: string;
  readonly transitioned_by?: string;
}

/** The retry policy for a busy server. */
export interface RetryPolicy {
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled before each further attempt. */
  readonly firstWait: number;
  /** The longest wait in milliseconds, even when the server asks for a longer one. */
  readonly longestWait: number;
}

export const RETRY_POLICY: RetryPolicy = { attempts: 8, firstWait: 100, longestWait: 30_000 };

interface NetworkFailure {
  readonly code: string;
  readonly detail: string;
}

type Reply = HttpResponse | NetworkFailure;

/** Codes of responses after which a command can be repeated: it was not carried out. */
const BUSY_CODES = new Set(['busy', 'too_many_requests']);
const REFUSAL_STATUS = new Set([409, 412, 422]);

/** Decides whether a response is a rejection by the rules of the workflow. */
type RefusalRule = (response: HttpResponse) => boolean;

/** The calls of the public API that a replay needs. Repeats a command only when it was certainly not carried out. */
export class TicketApi {
  /** The number of repeated commands. */
  retries = 0;

  constructor(
    private readonly connection: HttpConnection,
    private readonly signal: AbortSignal,
    private readonly retryPolicy: RetryPolicy = RETRY_POLICY,
  ) {}

  /**
   * Checks that a Phaseline server answers.
   *
   * @throws TransferError when it does not
   */
  async checkServer(address: string): Promise<void> {
    const response = await this.connection.exchange('GET', '/api/v1/phases').catch((cause: Error) => {
      throw new TransferError(`cannot reach the server at ${address}: ${describeNetworkError(cause).detail}`, {
        cause,
      });
    });
    if (response.status === 200 && Array.isArray(fieldOf(response.body, 'phases'))) return;
    if (fieldOf(response.body, 'code') === 'unauthenticated') {
      const detail = String(fieldOf(response.body, 'detail'));
      throw new TransferError(
        `${address} requires authentication: ${detail} Set PHASELINE_API_KEY to an API key with the role admin.`,
      );
    }
    throw new TransferError(
      `${address} is not a Phaseline server: GET /api/v1/phases returned status ${response.status} without a list of phases`,
    );
  }

  /**
   * Posts a definition, which becomes the newest version of its workflow unless an identical version exists.
   *
   * @param name the name of the definition in an error
   * @throws TransferError with every problem that the server reports
   */
  async defineWorkflow(definition: object, name: string): Promise<DefinedWorkflow> {
    const reply = await this.post('/api/v1/workflows', definition);
    if ('status' in reply) return definedWorkflowOf(reply, name);
    throw new TransferError(`cannot send the workflow ${name}: ${reply.detail}`);
  }

  /** Creates a ticket. `refused` means that the phase is not an initial phase of the workflow. */
  createTicket(creation: TicketCreation): Promise<CommandResult> {
    return this.command('/api/v1/tickets', creation, isCreationRefusal);
  }

  /** Moves a ticket. `refused` means that the workflow rejects the transition or has no such phase. */
  transition(id: string, request: TransitionBody): Promise<CommandResult> {
    return this.command(`/api/v1/tickets/${encodeURIComponent(id)}/transition`, request, isTransitionRefusal);
  }

  private async command(path: string, content: unknown, isRefusal: RefusalRule): Promise<CommandResult> {
    const reply = await this.post(path, content);
    return 'status' in reply ? resultOf(reply, isRefusal) : { kind: 'failed', ...reply };
  }

  private async post(path: string, content: unknown): Promise<Reply> {
    for (let attempt = 1; ; attempt++) {
      const reply: Reply = await this.connection.exchange('POST', path, content).catch(describeNetworkError);
      const last = attempt >= this.retryPolicy.attempts || this.signal.aborted;
      if (last || !wasNotCarriedOut(reply)) return reply;
      this.retries++;
      await this.wait(attempt, 'status' in reply ? reply.retryAfter : 0);
    }
  }

  /**
   * Waits for the back-off or, if longer, as long as the server asks for. Returns early when the run is interrupted.
   */
  private wait(attempt: number, asked = 0): Promise<void> {
    const { firstWait, longestWait } = this.retryPolicy;
    const wait = Math.min(longestWait, Math.max(asked, firstWait * 2 ** (attempt - 1)));
    return sleep(wait, undefined, { signal: this.signal }).catch(() => undefined);
  }
}

function wasNotCarriedOut(reply: Reply): boolean {
  if (!('status' in reply)) return reply.code === 'ECONNREFUSED';
  return [429, 503].includes(reply.status) && BUSY_CODES.has(String(fieldOf(reply.body, 'code')));
}

function resultOf(response: HttpResponse, isRefusal: RefusalRule): CommandResult {
  const { status, body } = response;
  const [id, phase] = [fieldOf(body, 'id'), fieldOf(body, 'phase_id')];
  if (status >= 200 && status < 300) {
    if (typeof id === 'string' && typeof phase === 'string') return { kind: 'done', id, phase };
    return { kind: 'failed', code: 'unexpected_answer', detail: `status ${status} without a ticket` };
  }
  const code = fieldOf(body, 'code');
  if (typeof code !== 'string') return { kind: 'failed', code: `http_${status}`, detail: `status ${status}` };
  if (!isRefusal(response)) {
    return { kind: 'failed', code, detail: `status ${status}, ${String(fieldOf(body, 'detail') ?? 'no detail')}` };
  }
  const from = fieldOf(body, 'from_phase');
  return typeof from === 'string' ? { kind: 'refused', code, phase: from } : { kind: 'refused', code };
}

function isTransitionRefusal({ status, body }: HttpResponse): boolean {
  return (
    fieldOf(body, 'code') === 'illegal_transition' || REFUSAL_STATUS.has(status) || hasOnlyErrorsAt(body, '/to_phase')
  );
}

function isCreationRefusal({ body }: HttpResponse): boolean {
  return hasOnlyErrorsAt(body, '/phase_id');
}

/** Returns whether every reported error concerns one field. */
function hasOnlyErrorsAt(body: unknown, pointer: string): boolean {
  const errors = fieldOf(body, 'errors');
  if (fieldOf(body, 'code') !== 'validation_failed' || !Array.isArray(errors) || errors.length === 0) return false;
  return errors.every((error) => fieldOf(error, 'pointer') === pointer);
}

/** Describes a network error. A host name with two addresses fails with both errors at once and an empty message. */
function describeNetworkError(error: NodeJS.ErrnoException & { errors?: Error[] }): NetworkFailure {
  const causes = error.errors?.map(({ message }) => message).join('; ');
  return { code: error.code ?? 'network_error', detail: error.message || causes || error.name };
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}
