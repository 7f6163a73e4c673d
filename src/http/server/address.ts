import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Listens at an address and lets it go again: a start that could not listen there fails before it has made anything.
 *
 * @throws Error that says why it cannot be, and what to set
 */
export async function requireAddress(host: string, port: number): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, 'listening').catch((error: Error) => {
    throw unusableAddress(error, host, port);
  });
  server.close();
  await once(server, 'close');
}

/** An error of listening, in words. One that there are no words for stays what it is. */
export function unusableAddress(error: Error, host: string, port: number): Error {
  const why = reasonOf((error as NodeJS.ErrnoException).code, host, port);
  return why === undefined ? error : new Error(why, { cause: error });
}

function reasonOf(code: string | undefined, host: string, port: number): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken. Set PORT to another, or to 0 for any.`;
    case 'EADDRNOTAVAIL':
      return `${host} is no address of this machine. Set HOST to one that is, such as 127.0.0.1.`;
    case 'EACCES':
      return `Only administrators may listen at port ${port}. Set PORT to one from 1024.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `No address was found for ${host}. Set HOST to one of this machine, such as 127.0.0.1.`;
    default:
      return undefined;
  }
}
