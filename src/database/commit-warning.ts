import type { ClientBase } from 'pg';

/** A message that accompanies an answer of the server. */
interface Notice {
  readonly code?: string;
  readonly message?: string;
}

/** A result, and the warning that the server sent with it. */
export interface Watched<T> {
  readonly result: T;
  readonly warning: string | undefined;
}

/**
 * Sends statements that end with COMMIT, and returns the first warning that arrives before their answers. A COMMIT with a
 * warning counts as lost: when its wait for a synchronous standby is cancelled, PostgreSQL reports success and a warning, and
 * the next fail-over may lose the transaction.
 */
export async function watchWarnings<T>(client: ClientBase, send: () => Promise<T>): Promise<Watched<T>> {
  let warning: string | undefined;
  const listen = ({ code, message = '' }: Notice): void => {
    // Servers translate the severity. Notices without a fault have the class 00.
    if (code !== undefined && !code.startsWith('00')) warning ??= message;
  };
  client.on('notice', listen);
  try {
    const result = await send();
    return { result, warning };
  } finally {
    client.off('notice', listen);
  }
}
