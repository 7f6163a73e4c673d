import type { ServerResponse } from 'node:http';
import type { BlockList, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { addressSet, clientNetwork } from '../../config/network-addresses';

/** A connection and its requests. */
export interface Connection {
  readonly socket: Socket;
  /** The address or network of the client; undefined for a trusted proxy. */
  readonly client: string | undefined;
  /** Requests without a complete response. More than one if the client does not wait for responses. */
  unanswered: number;
  latest: ServerResponse | undefined;
  /** The time of the last response, or of the connection's start, in milliseconds of the monotonic clock. */
  restingSince: number;
  /** The bytes received at that time. */
  bytesAtRest: number;
  /** The time of the first check that found an unread response, in milliseconds of the monotonic clock. */
  unreadSince: number | undefined;
  /** The latest response has `Connection: close`. Later requests on the connection are not processed. */
  isLast: boolean;
}

/** The maximum numbers of open connections. */
export interface PlaceBounds {
  readonly total: number;
  /** Of one client that is not a trusted proxy. */
  readonly perClient: number;
}

/**
 * The open connections, and who has how many of them. Where no place is free for a new one, a connection that does nothing is
 * closed, so that idle connections cannot keep other clients and health checks out.
 */
export class ConnectionPlaces {
  /** The oldest first. */
  private readonly connections = new Map<Duplex, Connection>();
  /** Connections without a complete request, the longest-resting first. */
  private readonly resting = new Set<Connection>();
  private readonly countByClient = new Map<string, number>();
  private readonly trusted: BlockList;

  /** @param trustedProxies addresses and networks (CIDR) without a limit of their own */
  constructor(
    private readonly bounds: PlaceBounds,
    trustedProxies: readonly string[],
  ) {
    this.trusted = addressSet(trustedProxies);
  }

  get size(): number {
    return this.connections.size;
  }

  all(): Iterable<Connection> {
    return this.connections.values();
  }

  find(socket: Duplex): Connection | undefined {
    return this.connections.get(socket);
  }

  /** Returns the address or network of the client; undefined for a trusted proxy. */
  clientOf({ remoteAddress = '' }: Socket): string | undefined {
    const client = clientNetwork(remoteAddress);
    const isTrusted = client.includes(':')
      ? this.trusted.check(remoteAddress.replace(/%.*/, ''), 'ipv6')
      : client !== '' && this.trusted.check(client, 'ipv4');
    return isTrusted ? undefined : client;
  }

  /** Adds a connection. Returns false when there is no place for it. */
  admit(connection: Connection): boolean {
    const { socket, client } = connection;
    if (this.countOf(client) >= this.bounds.perClient && !this.makePlace(client)) return false;
    if (this.size >= this.bounds.total && !this.makePlace()) return false;
    this.connections.set(socket, connection);
    this.resting.add(connection);
    if (client !== undefined) this.countByClient.set(client, this.countOf(client) + 1);
    return true;
  }

  /** Notes that a request has arrived on a connection without one. */
  use(connection: Connection): void {
    this.resting.delete(connection);
  }

  /** Notes that all requests on a connection are answered. */
  rest(connection: Connection): void {
    if (this.connections.has(connection.socket)) this.resting.add(connection);
  }

  remove(connection: Connection): void {
    const { socket, client } = connection;
    if (!this.connections.delete(socket)) return;
    this.resting.delete(connection);
    if (client === undefined) return;
    const count = this.countOf(client) - 1;
    if (count > 0) this.countByClient.set(client, count);
    else this.countByClient.delete(client);
  }

  private countOf(client: string | undefined): number {
    return client === undefined ? 0 : (this.countByClient.get(client) ?? 0);
  }

  /**
   * Closes the connection that has done nothing for the longest time, or else the oldest with an unfinished request or an
   * unread response.
   *
   * @param client of which a connection must be closed; undefined: any
   */
  private makePlace(client?: string): boolean {
    const isOfClient = (connection: Connection): boolean => client === undefined || connection.client === client;
    const victim =
      firstOf(this.resting, isOfClient) ??
      firstOf(this.all(), (connection) => isOfClient(connection) && isWaitingForClient(connection));
    if (victim === undefined) return false;
    victim.socket.destroy();
    this.remove(victim);
    return true;
  }
}

function firstOf(connections: Iterable<Connection>, matches: (connection: Connection) => boolean) {
  for (const connection of connections) if (matches(connection)) return connection;
  return undefined;
}

/** Returns whether the server waits for the client: for the rest of its request, or until it reads a response. */
function isWaitingForClient({ latest }: Connection): boolean {
  return latest !== undefined && (!latest.req.complete || latest.writableEnded);
}
