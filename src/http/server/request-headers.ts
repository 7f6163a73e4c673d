import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isLoopback } from '../../config/network-addresses';
import { DomainError } from '../../problems/domain-error';
import { validationFailed } from '../../problems/validation';

/** Headers that identify a request. A proxy and the server could each use another one of two values. */
const SINGLE = new Set(['host', 'authorization', 'content-type', 'idempotency-key', 'origin']);

/**
 * Rejects HTTP/1.1 requests without a Host (RFC 9112 §3.2), which Node would reject without a body, and repeated headers.
 *
 * @throws DomainError `validation_failed`
 */
export function refuseAmbiguousHeaders({ httpVersion, headers, rawHeaders }: IncomingMessage): void {
  if (httpVersion === '1.1' && headers.host === undefined)
    throw invalid('host', 'is required in HTTP/1.1; got nothing');
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) throw invalid(name, 'must be sent once; got several');
    seen.add(name);
  }
}

function invalid(name: string, detail: string): DomainError {
  return validationFailed([{ in: 'header', pointer: `/${name}`, detail }]);
}

/** An address with a port, as some load balancers write it: `203.0.113.7:51234` or `[2001:db8::1]:51234`. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/;

/** Removes ports from `X-Forwarded-For`. Otherwise each connection of a client would count as another caller. */
export function dropForwardedPorts({ headers }: IncomingMessage): void {
  const forwarded = headers['x-forwarded-for'];
  if (typeof forwarded !== 'string') return;
  headers['x-forwarded-for'] = forwarded.split(',').map(addressOf).join(', ');
}

function addressOf(entry: string): string {
  const text = entry.trim();
  const [, bracketed, plain] = WITH_PORT.exec(text) ?? [];
  const address = bracketed ?? plain ?? text;
  return isIP(address) === 0 ? text : address;
}

/** The maximum number of accepted values that are remembered. */
const MEMORY = 100;

/**
 * Rejects requests that pages in a browser on this machine could send to a server without authentication: requests to a
 * host name of the page that resolves to this machine (DNS rebinding), and requests of pages of other origins.
 *
 * @param host the host that the server listens on
 * @param origins origins whose pages may use the API, in the form that browsers send
 */
export function refuseForeignPages(fastify: FastifyInstance, host: string, origins: readonly string[]): void {
  const hosts = new KnownValues([], (value) => isLocal(`http://${value}`, host));
  const allowed = new KnownValues(origins, (value) => isLocal(value, host));
  fastify.addHook('onRequest', ({ headers }, reply, done) => {
    if (hosts.has(headers.host) && allowed.has(headers.origin)) return done();
    reply.header('connection', 'close');
    const detail = hosts.has(headers.host)
      ? `Pages of ${quoted(headers.origin)} may not use this server. Add the origin to CORS_ORIGINS.`
      : `${quoted(headers.host)} is not a name of this server. Use localhost or 127.0.0.1, or set AUTH=required.`;
    done(new DomainError('forbidden', detail));
  });
}

/** Remembers which values of a header are allowed, so that most requests cost a look-up only. An absent header is. */
class KnownValues {
  private readonly known: Set<string | undefined>;

  constructor(
    values: readonly string[],
    private readonly isAllowed: (value: string) => boolean,
  ) {
    this.known = new Set([undefined, ...values]);
  }

  has(value: string | undefined): boolean {
    if (this.known.has(value)) return true;
    if (value === undefined || !this.isAllowed(value)) return false;
    if (this.known.size < MEMORY) this.known.add(value);
    return true;
  }
}

/** Returns whether an origin is on this machine. */
function isLocal(origin: string, host: string): boolean {
  if (!/^https?:\/\/[^/?#@\\]+$/i.test(origin) || !URL.canParse(origin)) return false;
  const name = new URL(origin).hostname.replace(/^\[(.*)\]$/, '$1');
  return isLoopback(name) || name === host.toLowerCase();
}

function quoted(value: string | undefined): string {
  return JSON.stringify((value ?? '').slice(0, 100));
}
