const ESCAPES = 'Write % as %25, @ as %40, / as %2F, ? as %3F and # as %23.';

/**
 * Returns why a postgres:// URL cannot be used, in words that contain no part of it; undefined for a usable one. Characters
 * that separate the parts of a URL must be escaped in a user name and a password: otherwise a part of the password would be
 * read, and printed, as a host or a database.
 */
export function urlProblem(url: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(url)) return `has a % that does not begin an escape sequence. ${ESCAPES}`;
  const [, authority = '', rest = ''] = /^[a-z]+:\/\/([^/?#]*)(.*)$/s.exec(url) ?? [];
  const signs = authority.split('@').length - 1;
  const [path = '', query = ''] = rest.split('?');
  if (signs > 1) return `has an unescaped @ in the user name or the password. ${ESCAPES}`;
  if (path.includes('@') || rest.includes('#') || (signs === 0 && query.includes('@')))
    return `has an unescaped /, ? or # in the user name or the password. ${ESCAPES}`;
  if (!isText(url)) return 'has an escape sequence that is not a character of UTF-8.';
  const authentication = new URLSearchParams(query).get('require_auth') ?? 'scram-sha-256';
  return authentication === 'scram-sha-256' ? undefined : 'has a require_auth other than scram-sha-256.';
}

/** Returns host, port and database name of a URL, without its secrets. */
export function locationOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  const shownPort = searchParams.get('port') ?? port;
  return `${host || 'localhost'}${shownPort && `:${shownPort}`}${pathname}`;
}

function isText(url: string): boolean {
  try {
    // eslint-disable-next-line no-control-regex
    return !/[\0-\x1f\x7f]/.test(decodeURIComponent(url));
  } catch {
    return false;
  }
}
