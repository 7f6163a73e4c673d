const MIB = 2 ** 20;

const SMALLEST_MIB = 128;
const LARGEST_MIB = 1_024;

/** Share of the memory. PostgreSQL's manual suggests a quarter on a dedicated machine; this one also runs the application. */
const SHARE = 1 / 16;

/**
 * Computes `shared_buffers` of the embedded PostgreSQL. Each active ticket uses about eight pages (its row and its entry
 * in each index), so ten thousand active tickets among a million need 640 MiB. A page that does not fit is read and
 * written again for every transition. PostgreSQL allocates the memory as it uses it.
 *
 * @param machine memory of the machine, in bytes
 * @param limit memory limit of the container, in bytes; 0 when unknown
 * @returns the value of `shared_buffers`, between PostgreSQL's default of 128 MiB and 1 GiB
 */
export function sharedBuffersOf(machine: number, limit = 0): string {
  const memory = limit > 0 ? Math.min(machine, limit) : machine;
  const share = Math.floor((memory * SHARE) / MIB);
  return `${Math.min(Math.max(share, SMALLEST_MIB), LARGEST_MIB)}MB`;
}
