/** SQLSTATEs that Phaseline reacts to: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const SQLSTATE = {
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  tooManyConnections: '53300',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
  idleInTransactionTimeout: '25P03',
} as const;

const UNAVAILABLE = new Set<string>([
  SQLSTATE.serializationFailure,
  SQLSTATE.deadlockDetected,
  SQLSTATE.tooManyConnections,
  SQLSTATE.lockNotAvailable,
  SQLSTATE.queryCanceled,
  SQLSTATE.adminShutdown,
  SQLSTATE.crashShutdown,
  SQLSTATE.cannotConnectNow,
  SQLSTATE.idleInTransactionTimeout,
]);

/** What ends a session, and whatever was under way in it. */
const ENDS_SESSION = new Set<string>([
  SQLSTATE.adminShutdown,
  SQLSTATE.crashShutdown,
  SQLSTATE.cannotConnectNow,
  SQLSTATE.tooManyConnections,
  SQLSTATE.idleInTransactionTimeout,
]);

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** node-postgres has no codes for these. */
const DRIVER_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection error|Client was closed|not queryable|timeout expired|pool after calling end|Driver not Connected|Connection lost/i;

/** True when the database is away, full or waits on a lock: nothing is wrong with the request, and later it may pass. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isUnavailable)) return true;
  const code = sqlStateOf(error) ?? '';
  if (UNAVAILABLE.has(code) || NETWORK.has(code) || code.startsWith('08') || code.startsWith('53')) return true;
  return DRIVER_MESSAGES.test(error.message);
}

/**
 * True when the database itself reports the error, and the session lives on: what it was about has not happened. FATAL
 * errors end the session, and say nothing of a COMMIT that was on its way; nor does a connection that breaks.
 */
export function isReported(error: unknown): boolean {
  // By the code: servers tell the severity in a language of their own.
  const { severity, code } = driverErrorOf(error) ?? (error as DriverError | null) ?? {};
  if (severity === undefined || severity === 'FATAL' || severity === 'PANIC' || typeof code !== 'string') return false;
  return !ENDS_SESSION.has(code) && !code.startsWith('08');
}

/** The SQLSTATE (or the network's error code) of an error that came out of the driver. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as DriverError | null)?.code ?? driverErrorOf(error)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The name of the constraint that an error is about. */
export function constraintOf(error: unknown): string | undefined {
  const constraint = (error as DriverError | null)?.constraint ?? driverErrorOf(error)?.constraint;
  return typeof constraint === 'string' ? constraint : undefined;
}

/** What the driver tells of an error of the database. */
interface DriverError {
  code?: unknown;
  constraint?: unknown;
  severity?: unknown;
}

/** TypeORM wraps what the driver threw. */
function driverErrorOf(error: unknown): DriverError | undefined {
  return (error as { driverError?: DriverError } | null)?.driverError;
}
