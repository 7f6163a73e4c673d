/** SQLSTATE codes that Phaseline handles: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const SQLSTATE = {
  readOnlyTransaction: '25006',
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  tooManyConnections: '53300',
  insufficientPrivilege: '42501',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
  idleInTransactionTimeout: '25P03',
} as const;

const UNAVAILABLE = new Set<string>([
  SQLSTATE.readOnlyTransaction,
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

/**
 * Codes of errors that end a session and its transaction. A session on a standby, a demoted primary or a read-only database is
 * ended by Phaseline: a new one may reach the primary.
 */
const ENDS_SESSION = new Set<string>([
  SQLSTATE.readOnlyTransaction,
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

/** Returns true when the database is unreachable, full or waiting for a lock, so that a later attempt may succeed. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isUnavailable)) return true;
  const code = sqlStateOf(error) ?? '';
  // A socket file that is absent, or whose queue is full.
  if (['ENOENT', 'EAGAIN'].includes(code) && (error as NodeJS.ErrnoException).syscall === 'connect') return true;
  if (UNAVAILABLE.has(code) || NETWORK.has(code) || code.startsWith('08') || code.startsWith('53')) return true;
  return DRIVER_MESSAGES.test(error.message);
}

/** Returns true when the error leaves its session unusable: it is broken, hangs, or accepts reads only. */
export function endsSession(error: unknown): boolean {
  return isUnavailable(error) && !isReported(error);
}

/** Says that a database accepts no changes, for the detail of a problem. */
export const READS_ONLY = 'The database accepts reads only: it is a standby or set to read only.';

/** Describes an unavailable database, for the detail of a problem. */
export function reasonOfUnavailability(error: unknown): string {
  if (sqlStateOf(error) === SQLSTATE.readOnlyTransaction) return READS_ONLY;
  return 'The database is unavailable or overloaded.';
}

/**
 * Returns true when the database reports the error and keeps the session, so the statement had no effect. After a FATAL
 * error or a broken connection the outcome of a pending COMMIT is unknown.
 */
export function isReported(error: unknown): boolean {
  // The code decides, because servers translate the severity.
  const { severity, code } = driverErrorOf(error) ?? (error as DriverError | null) ?? {};
  if (severity === undefined || severity === 'FATAL' || severity === 'PANIC' || typeof code !== 'string') return false;
  return !ENDS_SESSION.has(code) && !code.startsWith('08');
}

/** Returns the SQLSTATE, or the error code of the network, of an error of the driver. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as DriverError | null)?.code ?? driverErrorOf(error)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Returns the name of the constraint that an error reports. */
export function constraintOf(error: unknown): string | undefined {
  const constraint = (error as DriverError | null)?.constraint ?? driverErrorOf(error)?.constraint;
  return typeof constraint === 'string' ? constraint : undefined;
}

/** Fields of an error of the driver. */
interface DriverError {
  code?: unknown;
  constraint?: unknown;
  severity?: unknown;
}

/** Returns the error of the driver, which TypeORM wraps. */
function driverErrorOf(error: unknown): DriverError | undefined {
  return (error as { driverError?: DriverError } | null)?.driverError;
}
