/** Selects the sessions that wait for a lock of this session. pg_stat_activity is cached within a transaction; pg_locks is not. */
export const WAITING_FOR_ME = `
  SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))`;
