import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

type Moment = 'before COMMIT' | 'after COMMIT';

/** A proxy in front of the database that can refuse connections, or drop data. */
export class DatabaseProxy {
  private readonly sockets = new Set<Socket>();
  private swallowing = false;
  private cut: { readonly when: Moment; readonly afterwards: () => unknown } | undefined;

  private constructor(
    private server: Server,
    private target: URL,
    /** The database's URL, through this proxy. */
    readonly url: string,
  ) {}

  static async to(databaseUrl: string): Promise<DatabaseProxy> {
    const target = new URL(databaseUrl);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const through = new URL(databaseUrl);
    through.hostname = '127.0.0.1';
    through.port = String((server.address() as AddressInfo).port);
    const proxy = new DatabaseProxy(server, target, through.toString());
    server.on('connection', (socket) => proxy.forward(socket));
    return proxy;
  }

  /** Closes every connection and refuses new ones, like a stopped server. */
  async refuse(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }

  /** Keeps connections open and drops all data, like a broken network. */
  swallow(): void {
    this.swallowing = true;
  }

  /**
   * Breaks the next connection that commits: before the database reads COMMIT, or before its response arrives.
   *
   * @param afterwards runs immediately after the break, before a new connection can open
   */
  cutNext(when: Moment, afterwards: () => unknown = () => undefined): void {
    this.cut = { when, afterwards };
  }

  /** Forwards new connections to another server and closes the others, like a name that moves with a fail-over. */
  async moveTo(databaseUrl: string): Promise<void> {
    await this.refuse();
    this.target = new URL(databaseUrl);
    await this.restore();
  }

  /** Ends all failures. */
  async restore(): Promise<void> {
    if (this.swallowing) for (const socket of this.sockets) socket.destroy();
    this.swallowing = false;
    if (this.server.listening) return;
    this.server.listen(Number(new URL(this.url).port), '127.0.0.1');
    await once(this.server, 'listening');
  }

  private forward(client: Socket): void {
    const upstream = this.connect();
    client.on('data', (chunk) => this.send(chunk, client, upstream));
    upstream.on('data', (chunk) => void (this.swallowing || client.write(chunk)));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }

  private connect(): Socket {
    const host = decodeURIComponent(this.target.hostname);
    const port = Number(this.target.port);
    return host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  }

  private send(chunk: Buffer, client: Socket, upstream: Socket): void {
    if (this.swallowing) return;
    const cut = chunk.includes('COMMIT\0') ? this.cut : undefined;
    if (cut === undefined) return void upstream.write(chunk);
    this.cut = undefined;
    client.removeAllListeners('close');
    client.destroy();
    if (cut.when === 'after COMMIT') {
      // The database has committed when it answers.
      upstream.removeAllListeners('data').once('data', cut.afterwards);
      return void upstream.write(chunk);
    }
    upstream.destroy();
    cut.afterwards();
  }
}
