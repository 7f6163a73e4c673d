/** The limits of requests and connections. The documentation has the same values as a table. */
export const LIMITS = {
  /** The maximum size of a body, in bytes. */
  body: 1024 * 1024,
  /** The maximum size of a bulk request or a workflow definition, in bytes. */
  bulkBody: 8 * 1024 * 1024,
  /** The part of a rejected body that is read and discarded, so that the client can read the response, in bytes. */
  discardedBody: 32 * 1024 * 1024,
  /** The maximum size of all bodies and unread responses of a process together, in bytes. */
  inFlight: 64 * 1024 * 1024,
  /** The share of one caller, in bytes. */
  inFlightPerCaller: 32 * 1024 * 1024,
  /** Bodies and responses up to this size are not counted, in bytes. */
  uncounted: 16 * 1024,
  /** The maximum nesting depth of a body, which protects recursive code from a stack overflow. */
  depth: 64,
  /** The maximum size of the request line and headers together, in bytes. The default of Node. */
  head: 16 * 1024,
  /** The maximum length of a URL, in bytes. */
  url: 8_192,
  /** The maximum number of open connections. Each takes about 20 KiB and a file descriptor. */
  connections: 5_000,
  /** The maximum number of open connections from an address, or a /64 network of IPv6, that is not a trusted proxy. */
  connectionsPerAddress: 1_000,
  /** The time for the head of a request to arrive, in milliseconds. */
  headArrival: 10_000,
  /** The time for a complete request to arrive, in milliseconds. */
  arrival: 30_000,
  /** The interval of checks for requests that exceed these times, in milliseconds. */
  arrivalCheck: 5_000,
  /** The time that an idle connection stays open, in milliseconds. Longer than the usual time of proxies. */
  keepAlive: 72_000,
  /** The time for a client to read a response, in milliseconds. Checked with the arrival of requests. */
  reading: 20_000,
  /** The time without traffic after which an active connection is closed, in milliseconds. */
  silence: 90_000,
  /** The time that a shutdown waits for requests that have begun to arrive, in milliseconds. */
  shutdownArrival: 2_000,
  /** The time that a shutdown waits for clients to read their responses, in milliseconds. */
  shutdownReading: 5_000,
} as const;

/** The budgets of a response, a request, a caller and a process. The documentation has the same values as a table. */
export const BUDGETS = {
  /** Bytes of JSON in one page of a list. A page that would be larger ends early and keeps its link to the next. */
  page: 4 * 1024 * 1024,
  /** Bytes of JSON that the explanations of one response share. Rejections beyond it have no explanation. */
  explanations: 1024 * 1024,
  /** Bytes of JSON that `changes_since` of one rejection takes, and the number of its events. */
  changes: { bytes: 64 * 1024, events: 100 },
  /** States and transitions that the search for one shortest path examines. Beyond them, the rejection has none. */
  search: { states: 1_000, transitions: 20_000 },
  /** Transitions that all searches of one request examine. */
  searches: 100_000,
  /** Shortest paths that the process remembers. */
  knownPaths: 1_000,
  /** Bytes of reasons and artifacts that one transaction of different callers writes. */
  batch: 256 * 1024,
  /** Bytes of the definitions of compiled workflow versions in memory. */
  workflows: 64 * 1024 * 1024,
  /** Bytes of definitions that are read and compiled together. */
  compiled: 4 * 1024 * 1024,
  /** Stored bytes of definitions that a page of workflows reads. */
  definitions: 1024 * 1024,
  /** API keys of a project, revoked ones included, and versions of its workflows, that admins of the project can create. */
  projectKeys: 10_000,
  projectVersions: 1_000,
  /** Findings of the lint in one response. */
  findings: 1_000,
  /** Phases that a sentence lists. */
  listed: 20,
} as const;
