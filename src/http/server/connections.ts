import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Connection, ConnectionPlaces } from './connection-places';
import { LIMITS } from './limits';

/** The interval of checks of connections that are about to close, in milliseconds. */
const CHECK_INTERVAL = 25;

/** The time without requests after which a connection is closed while the ports are still open, in milliseconds. */
const RECENT_USE = 1_000;

/** The longest wait for a moment without arrivals before the port closes, in milliseconds. */
const QUIET_WAIT = 5_000;

/**
 * The connections of the server, on all addresses that it listens on.
 *
 * A shutdown has two parts. After `beginShutdown` the ports stay open, so that a load balancer has time to notice, and every
 * response closes its connection. `close` then closes the ports, and returns when all accepted requests are answered and
 * all connections are closed. Connections without a request are closed all the time; those that have sent nothing, or a part
 * of a request, after a short wait.
 */
export class Connections {
  /** Limits that tests change. */
  readonly bounds: { total: number; perClient: number; reading: number } = {
    total: LIMITS.connections,
    perClient: LIMITS.connectionsPerAddress,
    reading: LIMITS.reading,
  };
  private readonly servers: Server[] = [];
  private readonly places: ConnectionPlaces;
  private readonly readingChecks: NodeJS.Timeout;
  private isShuttingDown = false;
  /** Connections and requests that have arrived. */
  private arrivals = 0;

  /** @param trustedProxies addresses and networks (CIDR) without a limit of their own */
  constructor(trustedProxies: readonly string[]) {
    this.places = new ConnectionPlaces(this.bounds, trustedProxies);
    this.readingChecks = setInterval(() => this.closeUnread(), LIMITS.arrivalCheck).unref();
  }

  /** Creates a server for one address, with the limits of all connections. */
  createServer(handle: RequestListener): Server {
    const server = createServer(
      {
        connectionsCheckingInterval: LIMITS.arrivalCheck,
        headersTimeout: LIMITS.headArrival,
        requestTimeout: LIMITS.arrival,
        keepAliveTimeout: LIMITS.keepAlive,
        maxHeaderSize: LIMITS.head,
        requireHostHeader: false,
      },
      (request, response) => {
        if (this.accept(request, response)) handle(request, response);
      },
    );
    server.setTimeout(LIMITS.silence);
    server.on('connection', (socket: Socket) => this.add(socket));
    this.servers.push(server);
    return server;
  }

  /** Returns the latest response on a connection; undefined before its first request. */
  latestResponse(socket: Duplex): ServerResponse | undefined {
    return this.places.find(socket)?.latest;
  }

  /** Closes every connection after its current request. New connections are still accepted, for one request each. */
  beginShutdown(): void {
    if (this.isShuttingDown) return;
    this.isShuttingDown = true;
    for (const connection of this.places.all()) markLast(connection);
    void this.closeDuringShutdown();
  }

  /** Closes the ports and answers all accepted requests. Returns when every connection is closed. */
  async close(): Promise<void> {
    this.beginShutdown();
    await this.untilQuiet();
    const closed = this.servers.filter(({ listening }) => listening).map(closePort);
    while (this.places.size > 0) await sleep(CHECK_INTERVAL);
    await Promise.all(closed);
    clearInterval(this.readingChecks);
  }

  private add(socket: Socket): void {
    this.arrivals++;
    const connection: Connection = {
      socket,
      client: this.places.clientOf(socket),
      unanswered: 0,
      latest: undefined,
      restingSince: performance.now(),
      bytesAtRest: 0,
      unreadSince: undefined,
      isLast: false,
    };
    if (!this.places.admit(connection)) return void socket.destroy();
    closeAfterBody(connection);
    socket.once('close', () => this.places.remove(connection));
  }

  /** Closes connections whose clients have not read a response in time. */
  private closeUnread(): void {
    const now = performance.now();
    for (const connection of this.places.all()) {
      if (connection.unanswered === 0 || connection.socket.writableLength === 0) connection.unreadSince = undefined;
      else connection.unreadSince ??= now;
      if (now - (connection.unreadSince ?? now) > this.bounds.reading) connection.socket.destroy();
    }
  }

  /** @returns false when an earlier response on the connection announces its end, so that this request has no effect */
  private accept({ socket }: IncomingMessage, response: ServerResponse): boolean {
    this.arrivals++;
    const connection = this.places.find(socket);
    if (connection === undefined || (connection.isLast && !unmarkLast(connection))) return false;
    if (connection.unanswered++ === 0) this.places.use(connection);
    connection.latest = response;
    response.once('close', () => this.afterResponse(connection));
    if (this.isShuttingDown) markLast(connection);
    return true;
  }

  private afterResponse(connection: Connection): void {
    connection.unreadSince = undefined;
    if (--connection.unanswered > 0) return;
    connection.restingSince = performance.now();
    connection.bytesAtRest = connection.socket.bytesRead;
    this.places.rest(connection);
  }

  /**
   * Waits until two turns of the event loop bring nothing new. Then all that was sent before is accepted and parsed, and
   * little can arrive between that moment and the end of the port, which would reset it.
   */
  private async untilQuiet(): Promise<void> {
    const deadline = performance.now() + QUIET_WAIT;
    for (let quietTurns = 0; quietTurns < 2 && performance.now() < deadline;) {
      const before = this.arrivals;
      await nextTurn();
      quietTurns = this.arrivals === before ? quietTurns + 1 : 0;
    }
  }

  private async closeDuringShutdown(): Promise<void> {
    await this.untilQuiet();
    const began = performance.now();
    for (let isOpen = true; isOpen || this.places.size > 0; await sleep(CHECK_INTERVAL)) {
      isOpen = this.servers.some(({ listening }) => listening);
      const restLimit = isOpen ? RECENT_USE : 0;
      for (const connection of this.places.all()) if (isOver(connection, began, restLimit)) connection.socket.destroy();
    }
  }
}

/**
 * Reads and discards the rest of a rejected body before a connection is closed. A socket that is closed with unread bytes is
 * reset, and a client that is still writing then loses the response.
 */
function closeAfterBody(connection: Connection): void {
  const { socket } = connection;
  const close = socket.destroySoon.bind(socket);
  // Node calls this method after the last response on the connection.
  socket.destroySoon = () => {
    const request = connection.latest?.req;
    if (request === undefined || request.complete) return close();
    const most = socket.bytesRead + LIMITS.discardedBody;
    const timer = setInterval(() => socket.bytesRead > most && close(), CHECK_INTERVAL);
    socket.once('close', () => clearInterval(timer));
    request.once('end', close).resume();
  };
}

function closePort(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Announces the end of the connection in its latest response, unless the head of that response is already sent. */
function markLast(connection: Connection): void {
  const { latest, unanswered } = connection;
  if (latest === undefined || unanswered === 0 || latest.headersSent) return;
  latest.setHeader('connection', 'close');
  connection.isLast = true;
}

/** Takes the announcement back, for a request that was sent together with the latest one. */
function unmarkLast(connection: Connection): boolean {
  if (connection.latest?.headersSent !== false) return false;
  connection.latest.removeHeader('connection');
  connection.isLast = false;
  return true;
}

/**
 * Returns whether a shutdown may close a connection. A request that has arrived completely is always answered.
 *
 * @param began the time of the shutdown, in milliseconds of the monotonic clock
 * @param restLimit the time that a connection may rest between two requests, in milliseconds
 */
function isOver(connection: Connection, began: number, restLimit: number): boolean {
  const { socket, unanswered, latest, restingSince, bytesAtRest } = connection;
  const now = performance.now();
  const waited = now - Math.max(began, restingSince);
  if (unanswered > 0 && latest?.req.complete) return latest.writableEnded && waited > LIMITS.shutdownReading;
  const isResting = unanswered === 0 && latest !== undefined && socket.bytesRead === bytesAtRest;
  return isResting ? now - restingSince >= restLimit : waited > LIMITS.shutdownArrival;
}
