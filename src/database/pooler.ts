/**
 * The way from Phaseline to PostgreSQL. `direct`: no pooler. `session` and `transaction`: a pooler such as PgBouncer, which
 * gives a connection to a client for a session, or for each transaction.
 */
export type PoolMode = 'direct' | 'session' | 'transaction';

const modes = new Map<string, PoolMode>();

/** Remembers the way that a database URL takes, for the connections that open later. */
export function rememberPoolMode(url: string, mode: PoolMode): void {
  modes.set(keyOf(url), mode);
}

/** Returns the way that a database URL takes; `direct` until another one is remembered. */
export function poolModeOf(url: string): PoolMode {
  return modes.get(keyOf(url)) ?? 'direct';
}

/** Returns a URL without the schema, which does not change the way. */
function keyOf(url: string): string {
  return url.replace(/([?&])search_path=[^&]*&?/, '$1').replace(/[?&]$/, '');
}

/** Returns the statements that apply settings to the rest of a transaction. They leave nothing behind on a pooled session. */
export function localSettings(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `SET LOCAL ${name} = '${value}'`)
    .join('; ');
}

/** The place of a statement: it begins a transaction, ends one, or is neither. */
export function boundaryOf(text: string): 'begin' | 'end' | 'none' {
  if (/^\s*(BEGIN|START\s+TRANSACTION)\b/i.test(text)) return 'begin';
  return /^\s*(COMMIT|ROLLBACK(?!\s+TO))\b/i.test(text) ? 'end' : 'none';
}

/** Returns true when a statement only reads. Others may write. */
export function onlyReads(text: string): boolean {
  return /^\s*(SELECT|SHOW)\b/i.test(text);
}
