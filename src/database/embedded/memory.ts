const MIB = 2 ** 20;

const SMALLEST_MIB = 128;
const LARGEST_MIB = 1_024;

/** The manual counsels a quarter for a machine that does nothing else; this one also runs the application, and more. */
const SHARE = 1 / 16;

/**
 * How much memory the embedded PostgreSQL keeps pages in. Each ticket that is at work has some eight pages of its own
 * (its row, and its place in each index), so ten thousand of them, scattered over a million, want 640 MiB; what does not
 * fit is read and written again for every move. It is taken as it is used, not at once.
 *
 * @param machine memory of the machine, in bytes
 * @param limit what a container may have of it, in bytes; 0 where that is not known
 * @returns the value of `shared_buffers`, between PostgreSQL's default of 128 MiB and 1 GiB
 */
export function sharedBuffersOf(machine: number, limit = 0): string {
  const memory = limit > 0 ? Math.min(machine, limit) : machine;
  const share = Math.floor((memory * SHARE) / MIB);
  return `${Math.min(Math.max(share, SMALLEST_MIB), LARGEST_MIB)}MB`;
}
