import { startControlServer } from './server';

/** The control group as a process of its own, until it is told to end. */
async function main(): Promise<void> {
  const server = await startControlServer(process.env['DATABASE_URL']!);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.close().finally(() => process.exit()));
  }
  process.stdout.write(`Listening on ${server.origin}\n`);
}

void main();
