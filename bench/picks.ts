/** Chooses the ticket that a connection is about next. */
export type Pick = () => number;

/**
 * How the operations of so many connections fall on so many tickets. Each connection has tickets of its own, so that
 * the moves of a ticket come in order.
 */
export type Spread = (tickets: number, connection: number, connections: number) => Pick;

/** Every ticket is as likely as any other. */
export const evenly: Spread = (tickets, connection, connections) => {
  const [first, width] = shareOf(tickets, connection, connections);
  return () => first + Math.floor(Math.random() * width);
};

/**
 * Nine in ten fall on so many tickets, which lie scattered over all of them: the hardest case, since no two of them
 * share a page.
 */
export function mostlyOnActive(active: number): Spread {
  return (tickets, connection, connections) => {
    const [first, width] = shareOf(tickets, connection, connections);
    const stride = Math.max(1, Math.floor(tickets / active));
    const own = Math.floor(width / stride);
    const anyOf = evenly(tickets, connection, connections);
    const activeOne = (): number => {
      const k = Math.floor(Math.random() * own);
      return first + k * stride + (k % stride);
    };
    return () => (Math.random() < 0.9 ? activeOne() : anyOf());
  };
}

/** The first ticket of a connection, and how many it has. */
export function shareOf(tickets: number, connection: number, connections: number): [first: number, width: number] {
  const first = Math.floor((tickets * connection) / connections);
  return [first, Math.floor((tickets * (connection + 1)) / connections) - first];
}
