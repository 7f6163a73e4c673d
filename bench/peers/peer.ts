/** A server that implements Phaseline's transition route, for comparison. */
export interface Peer {
  /** Such as http://127.0.0.1:41235. */
  readonly origin: string;
  close(): Promise<void>;
}

/** A peer's settings. */
export interface PeerOptions {
  readonly databaseUrl: string;
  /** Maximum number of connections to the database. */
  readonly poolSize: number;
}

/** Runs a peer as a process of its own until a signal ends it. */
export async function runPeer(start: (options: PeerOptions) => Promise<Peer>): Promise<void> {
  const peer = await start({
    databaseUrl: process.env['DATABASE_URL']!,
    poolSize: Number(process.env['DB_POOL_SIZE']),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void peer.close().finally(() => process.exit()));
  }
  process.stdout.write(`Listening on ${peer.origin}\n`);
}
