import type { Connection } from 'pg';
import { isServed } from './embedded/lock-file';

/** How a server identifies itself before anything is sent to it, from the parameters of a URL. */
export interface ServerIdentity {
  /** True: by SCRAM, in which both sides prove that they know the password, and neither sends it. */
  readonly scramOnly: boolean;
  /** The cluster whose running server must be the peer. */
  readonly dataDirectory: string | undefined;
}

/** The process that serves the cluster has ended. Another process may listen in its place. */
class ServerAbsent extends Error {
  readonly code = 'ECONNREFUSED';
}

/**
 * Makes a connection end itself unless its server identifies itself. Must be called before the connection opens, so that
 * these listeners run before those of node-postgres, which would answer every request for a password.
 */
export function requireIdentity(connection: Connection, { scramOnly, dataDirectory }: ServerIdentity): void {
  const end = (error: Error): void => {
    // The rest of a packet is still read: the connection must not count as open.
    connection.removeAllListeners('readyForQuery');
    connection.stream.destroy(error);
  };
  if (dataDirectory !== undefined) {
    connection.on('connect', () => {
      if (!isServed(dataDirectory)) end(new ServerAbsent(`PostgreSQL does not run in ${dataDirectory}.`));
    });
  }
  if (scramOnly) requireScram(connection, end);
}

function requireScram(connection: Connection, end: (error: Error) => void): void {
  let isSigned = false;
  let hasFailed = false;
  const refuse = (): void =>
    end(new Error('The server does not prove by SCRAM that it knows the password, so it is another server.'));
  connection.on('authenticationCleartextPassword', refuse);
  connection.on('authenticationMD5Password', refuse);
  connection.on('authenticationSASLFinal', () => (isSigned = true));
  connection.on('authenticationOk', () => {
    if (!isSigned || hasFailed) refuse();
  });
  // node-postgres reports a wrong signature here and keeps the connection open.
  connection.on('error', (error: Error) => {
    hasFailed = true;
    end(error);
  });
}
