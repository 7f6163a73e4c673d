/** What one request and one connection may take of the server. The README has the same as a table. */
export const LIMITS = {
  /** A body, in bytes. */
  body: 1024 * 1024,
  /** A body of many moves, or a workflow, in bytes. */
  bulkBody: 8 * 1024 * 1024,
  /** How deep a body may be nested: deeper values serve nobody, and recursive code must not run out of stack. */
  depth: 64,
  /** The first line and the headers together, in bytes. Node's default, unless somebody starts it with another. */
  head: 16 * 1024,
  /** A URL, in bytes; no route of ours needs more. */
  url: 8_192,
  /** Open connections; more are closed at once. Each costs some 20 KiB and a file descriptor. */
  connections: 5_000,
  /** How long the head of a request may take to arrive, in milliseconds. */
  headArrival: 10_000,
  /** How long a request may take to arrive completely, in milliseconds. */
  arrival: 30_000,
  /** How often requests that take longer are looked for, in milliseconds. */
  arrivalCheck: 5_000,
  /** How long a connection may wait for its next request, in milliseconds. Longer than proxies usually keep theirs. */
  keepAlive: 72_000,
  /** How long a connection may stand still otherwise, for instance because nobody reads the answer, in milliseconds. */
  silence: 90_000,
} as const;
