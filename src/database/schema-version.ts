/**
 * Returns the reason why a program of this version cannot read a database; undefined when it can.
 *
 * @param found the migrations of the database; null when it has no tables of Phaseline
 * @param due the migrations of this version
 */
export function otherVersion(found: readonly string[] | null, due: readonly string[]): string | undefined {
  if (found === null)
    return 'This database has no tickets of Phaseline. It was never migrated, or it belongs to another application.';
  const newer = newerVersion(found, due);
  if (newer !== undefined) return newer;
  const lacking = due.filter((name) => !found.includes(name));
  if (lacking.length === 0) return undefined;
  const start = 'Start this version of Phaseline once to migrate the database.';
  return `This database is of an older version: it lacks ${lacking.join(', ')}. ${start}`;
}

/** Returns the reason why this version cannot use a database at all: it has unknown migrations. */
export function newerVersion(found: readonly string[], due: readonly string[]): string | undefined {
  const unknown = found.filter((name) => !due.includes(name));
  if (unknown.length === 0) return undefined;
  const use = 'Use the version of Phaseline that migrated it.';
  return `This database is of a newer version: it has ${unknown.join(', ')}. ${use}`;
}
