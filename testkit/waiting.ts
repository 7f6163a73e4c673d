/** Those who wait for a lock that the asking session holds. Of locks, because activity is told only once in a transaction. */
export const WAITING_FOR_ME = `
  SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))`;
