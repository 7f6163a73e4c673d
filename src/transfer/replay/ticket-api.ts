import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpReply, HttpConnection } from './http-connection';
import { TransferError } from '../transfer-error';
import { type DefinedWorkflow, definedWorkflowOf } from './defined-workflow';

/** What the server said to a command. */
export type CommandResult =
  | { readonly kind: 'done'; readonly id: string; readonly phase: string }
  /** A "no" that belongs to the rules of the workflow. `phase` is where the server says the ticket is, if it does. */
  | { readonly kind: 'refused'; readonly code: string; readonly phase?: string }
  /** Anything else. Whether the command was carried out is not known. */
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string };

/** Where tickets are created; the server's defaults, where it says nothing. */
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

export interface TransitionRequest {
  readonly to_phase: string;
  readonly transitioned_by?: string;
}

/** How often and how long to wait for a server that says it is busy. */
export interface RetryPolicy {
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled before each one after it. */
  readonly firstWait: number;
  /** The longest wait in milliseconds, whatever the server asks for. */
  readonly longestWait: number;
}

export const RETRY_POLICY: RetryPolicy = { attempts: 8, firstWait: 100, longestWait: 30_000 };

interface NetworkFailure {
  readonly code: string;
  readonly detail: string;
}

type Reply = HttpReply | NetworkFailure;

/** Codes that say "try again": the command was not carried out. */
const BUSY_CODES = new Set(['busy', 'too_many_requests']);
const REFUSAL_STATUS = new Set([409, 412, 422]);

/** Whether an answer is a "no" that belongs to the rules of the workflow. */
type RefusalRule = (answer: HttpReply) => boolean;

/** The calls of the public API that a replay needs. Repeats a command only when it certainly was not carried out. */
export class TicketApi {
  /** How often a command was sent again. */
  retries = 0;

  constructor(
    private readonly connection: HttpConnection,
    private readonly signal: AbortSignal,
    private readonly retryPolicy: RetryPolicy = RETRY_POLICY,
  ) {}

  /** @throws TransferError when what answers at the address is not this service */
  async checkServer(address: string): Promise<void> {
    const answer = await this.connection.exchange('GET', '/api/v1/phases').catch((cause: Error) => {
      throw new TransferError(`cannot reach the server at ${address}: ${describeNetworkError(cause).detail}`, { cause });
    });
    if (answer.status === 200 && Array.isArray(fieldOf(answer.body, 'phases'))) return;
    if (fieldOf(answer.body, 'code') === 'unauthenticated') {
      const detail = String(fieldOf(answer.body, 'detail'));
      throw new TransferError(`${address} needs the API key of an admin in PHASELINE_API_KEY. It said: ${detail}`);
    }
    throw new TransferError(
      `${address} does not answer as expected: GET /api/v1/phases gave status ${answer.status}, and should give the phases`,
    );
  }

  /**
   * Makes a definition the newest version of its workflow; one that is a version already stays that one.
   *
   * @param name what to call it in an error
   * @throws TransferError with everything that the server finds wrong
   */
  async defineWorkflow(definition: object, name: string): Promise<DefinedWorkflow> {
    const reply = await this.post('/api/v1/workflows', definition);
    if ('status' in reply) return definedWorkflowOf(reply, name);
    throw new TransferError(`cannot send the workflow ${name}: ${reply.detail}`);
  }

  /** The phase may be refused: one in which no ticket of the workflow begins. */
  createTicket(creation: TicketCreation): Promise<CommandResult> {
    return this.command('/api/v1/tickets', creation, isCreationRefusal);
  }

  /** The phase may be refused: by the rules, or since no phase could be called so. */
  transition(id: string, request: TransitionRequest): Promise<CommandResult> {
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

  /** As long as the server asks for, at least the back-off; ends early when the run is interrupted. */
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

function resultOf(answer: HttpReply, isRefusal: RefusalRule): CommandResult {
  const { status, body } = answer;
  const [id, phase] = [fieldOf(body, 'id'), fieldOf(body, 'phase_id')];
  if (status >= 200 && status < 300) {
    if (typeof id === 'string' && typeof phase === 'string') return { kind: 'done', id, phase };
    return { kind: 'failed', code: 'unexpected_answer', detail: `status ${status} without a ticket` };
  }
  const code = fieldOf(body, 'code');
  if (typeof code !== 'string') return { kind: 'failed', code: `http_${status}`, detail: `status ${status}` };
  if (!isRefusal(answer)) {
    return { kind: 'failed', code, detail: `status ${status}, ${String(fieldOf(body, 'detail') ?? 'no detail')}` };
  }
  const from = fieldOf(body, 'from_phase');
  return typeof from === 'string' ? { kind: 'refused', code, phase: from } : { kind: 'refused', code };
}

function isTransitionRefusal({ status, body }: HttpReply): boolean {
  return fieldOf(body, 'code') === 'illegal_transition' || REFUSAL_STATUS.has(status) || hasOnlyErrorsAt(body, '/to_phase');
}

function isCreationRefusal({ body }: HttpReply): boolean {
  return hasOnlyErrorsAt(body, '/phase_id');
}

/** Whether all that is wrong with a request is one field. */
function hasOnlyErrorsAt(body: unknown, pointer: string): boolean {
  const errors = fieldOf(body, 'errors');
  if (fieldOf(body, 'code') !== 'validation_failed' || !Array.isArray(errors) || errors.length === 0) return false;
  return errors.every((error) => fieldOf(error, 'pointer') === pointer);
}

/** A name with two addresses fails with both errors at once, and an empty message. */
function describeNetworkError(error: NodeJS.ErrnoException & { errors?: Error[] }): NetworkFailure {
  const causes = error.errors?.map(({ message }) => message).join('; ');
  return { code: error.code ?? 'network_error', detail: error.message || causes || error.name };
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}
