/**
 * Why a program of this version cannot read a database; undefined where it can.
 *
 * @param found the migrations that the database has; null where it has none of our tables
 * @param due the migrations that this version knows
 */
export function otherVersion(found: readonly string[] | null, due: readonly string[]): string | undefined {
  if (found === null) return 'This database has no tickets of Phaseline: it was never migrated, or it is another one.';
  const newer = newerVersion(found, due);
  if (newer !== undefined) return newer;
  const lacking = due.filter((name) => !found.includes(name));
  if (lacking.length === 0) return undefined;
  const start = 'Start this version of Phaseline on it once: that migrates it, and nothing that only reads does.';
  return `This database is of an older version: it lacks ${lacking.join(', ')}. ${start}`;
}

/** Why a program of this version may not use a database at all: it has migrations that nobody here knows. */
export function newerVersion(found: readonly string[], due: readonly string[]): string | undefined {
  const unknown = found.filter((name) => !due.includes(name));
  if (unknown.length === 0) return undefined;
  const use = 'Use the version of Phaseline that made it.';
  return `This database is of a newer version: it has ${unknown.join(', ')}. ${use}`;
}
