import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from 'fastify';
import type { Socket } from 'node:net';
import { Transform } from 'node:stream';
import { clientNetwork } from '../../config/network-addresses';
import { DomainError } from '../../problems/domain-error';
import { LIMITS } from './limits';
import { keyIdOf } from './rate-limit';

/** Methods whose response can be replaced by a rejection, because they change nothing. */
const SAFE = new Set(['GET', 'HEAD']);

/** Bytes of one body or response that are counted until the response is sent or the connection ends. */
interface Hold {
  readonly caller: string;
  size: number;
}

/**
 * Bounds the memory of all bodies that arrive and all responses that clients have not read. A caller over its share, and any
 * caller while the process is over its total, gets 503 `busy`. Small bodies and responses are not counted, so that a request
 * for a transition passes while large ones wait. The response to a command is always sent, because it has taken effect.
 */
export class BytesInFlight {
  private total = 0;
  private readonly byCaller = new Map<string, number>();
  private readonly bySocket = new WeakMap<Socket, Set<Hold>>();

  /** Adds the hooks. They run after those that reject a request by its head. */
  static bound(fastify: FastifyInstance): void {
    const bytes = new BytesInFlight();
    fastify.addHook('preParsing', (request, reply, body, done) => {
      if (request.routeOptions.config.unlimited === true) return done(null, body);
      const size = declaredSize(request);
      const refusal = bytes.refusal(request, size);
      if (refusal !== undefined) return done(refusal);
      if (size > 0) bytes.hold(request, reply, size);
      done(null, request.headers['transfer-encoding'] === undefined ? body : bytes.arriving(request, reply, body));
    });
    fastify.addHook('onSend', (request, reply, payload: unknown, done) => {
      const size = sizeOf(payload);
      if (size <= LIMITS.uncounted) return done(null, payload);
      const refusal = SAFE.has(request.method) ? bytes.refusal(request, size) : undefined;
      if (refusal === undefined) {
        bytes.hold(request, reply, size);
        return done(null, payload);
      }
      for (const name of ['etag', 'link']) reply.removeHeader(name);
      done(refusal);
    });
  }

  /** Returns why there is no memory for so many more bytes of a request. */
  private refusal(request: FastifyRequest, size: number): DomainError | undefined {
    const total = this.total + size;
    // The usual case, without a look at the caller.
    if (total <= LIMITS.inFlightPerCaller) return undefined;
    const own = (this.byCaller.get(callerOf(request)) ?? 0) + size;
    if (own > LIMITS.inFlightPerCaller) {
      const share = `${LIMITS.inFlightPerCaller / 1024 / 1024} MiB`;
      const detail = `Your requests and unread responses exceed ${share}. Read the responses, then retry.`;
      return new DomainError('busy', detail);
    }
    if (total <= LIMITS.inFlight) return undefined;
    const detail = 'The server is processing too many large requests. Nothing was changed; retry later.';
    return new DomainError('busy', detail);
  }

  private hold(request: FastifyRequest, { raw: response }: FastifyReply, size: number): Hold {
    const { socket } = request.raw;
    const hold: Hold = { caller: callerOf(request), size: 0 };
    // A client may have left in the meantime. Then no event follows that would release the bytes.
    if (socket.destroyed || response.destroyed) return hold;
    this.grow(hold, size);
    const holds = this.holdsOf(socket);
    holds.add(hold);
    response.once('close', () => {
      if (holds.delete(hold)) this.grow(hold, -hold.size);
    });
    return hold;
  }

  /** A response that waits for earlier ones on its connection does not report the end of the connection. */
  private holdsOf(socket: Socket): Set<Hold> {
    const known = this.bySocket.get(socket);
    if (known !== undefined) return known;
    const holds = new Set<Hold>();
    this.bySocket.set(socket, holds);
    socket.once('close', () => {
      for (const hold of holds) this.grow(hold, -hold.size);
      holds.clear();
    });
    return holds;
  }

  private grow(hold: Hold, size: number): void {
    hold.size += size;
    this.total += size;
    const own = (this.byCaller.get(hold.caller) ?? 0) + size;
    if (own > 0) this.byCaller.set(hold.caller, own);
    else this.byCaller.delete(hold.caller);
  }

  /** Counts a body without a declared size while it arrives. What follows a rejection is discarded, so it is not counted. */
  private arriving(request: FastifyRequest, reply: FastifyReply, body: RequestPayload): Transform {
    const hold = this.hold(request, reply, 0);
    const isHeld = (): boolean => this.bySocket.get(request.raw.socket)?.has(hold) === true && !reply.sent;
    let arrived = 0;
    const counted = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        arrived += chunk.length;
        const isSmall = arrived <= LIMITS.uncounted || arrived > request.routeOptions.bodyLimit;
        if (isSmall || !isHeld()) return done(null, chunk);
        const refusal = this.refusal(request, arrived - hold.size);
        if (refusal === undefined) this.grow(hold, arrived - hold.size);
        else reply.header('connection', 'close');
        done(refusal, chunk);
      },
    });
    body.once('error', (error) => counted.destroy(error));
    counted.on('error', () => body.resume());
    return body.pipe(counted);
  }
}

function callerOf(request: FastifyRequest): string {
  return keyIdOf(request) ?? clientNetwork(request.ip);
}

/** Returns the size of a body that counts; 0 for a small one, and for one that is rejected as too large. */
function declaredSize({ headers, routeOptions }: FastifyRequest): number {
  const size = Number(headers['content-length'] ?? 0);
  return size > LIMITS.uncounted && size <= routeOptions.bodyLimit ? size : 0;
}

/** Returns the size of a response in memory, before a list is compressed. */
function sizeOf(payload: unknown): number {
  // A character takes at most three bytes, so short texts need no measurement.
  if (typeof payload === 'string') return payload.length <= LIMITS.uncounted / 3 ? 0 : Buffer.byteLength(payload);
  return Buffer.isBuffer(payload) ? payload.length : 0;
}
