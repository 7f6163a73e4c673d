import type { Answer, Request } from '../http-client';
import { problemOf, type Refusal } from './refusals';
import type { ModelTicket } from './ticket';

/** What the model expects of a request. */
export interface Expected {
  readonly request: Request;
  readonly status: number;
  /** Undefined: nothing. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** The bytes, where they are known. */
  readonly text?: string;
  /** The request as it can be sent again, where its answer is kept. */
  readonly kept?: boolean;
  /** How what goes on after the answer comes to its end. */
  readonly end?: End;
}

/** What is asked for until it is over, and what it has to be then. */
export interface End {
  request(answer: Answer): Request;
  isOver(answer: Answer): boolean;
  readonly body: unknown;
}

/** A problem document. @param kept whether a request with the same key gets it again */
export function refused(request: Request, refusal: Refusal, kept: boolean): Expected {
  const headers = { 'content-type': 'application/problem+json; charset=utf-8' };
  return { request, status: refusal.status, body: problemOf(refusal, request.path.split('?')[0]!), headers, kept };
}

/** The headers of an answer that shows a ticket. */
export function shown({ view }: ModelTicket): { etag: string } {
  return { etag: `"${view.version}"` };
}
