import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Checks that the server can listen on an address, before anything else is started.
 *
 * @throws Error with the reason and the setting to change
 */
export async function requireAddress(host: string, port: number): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, 'listening').catch((error: Error) => {
    throw unusableAddress(error, host, port);
  });
  server.close();
  await once(server, 'close');
}

/** Explains an error of listening. Unknown errors are returned unchanged. */
export function unusableAddress(error: Error, host: string, port: number): Error {
  const why = reasonOf((error as NodeJS.ErrnoException).code, host, port);
  return why === undefined ? error : new Error(why, { cause: error });
}

function reasonOf(code: string | undefined, host: string, port: number): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Set PORT to another port, or to 0 for any free port.`;
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this machine. Set HOST to a local address, such as 127.0.0.1.`;
    case 'EACCES':
      return `Listening on port ${port} requires administrator rights. Set PORT to 1024 or higher.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The host name ${host} cannot be resolved. Set HOST to a local address, such as 127.0.0.1.`;
    default:
      return undefined;
  }
}
