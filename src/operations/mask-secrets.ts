/** The replacement of a secret. */
const MASK = '***';

/** An API key. In a URL, any of its characters may be percent-encoded. */
const KEY = /(?:p|%70)(?:l|%6c)(?:_|%5f)(?:[a-z0-9_-]|%[2-7][0-9a-f]){43}/gi;

/** Credentials after a scheme in `Authorization`, including schemes that the server does not support. */
const CREDENTIALS = /\b(bearer|basic) +[\w.~+/=-]{8,}/gi;

/** The password of a database URL as a parameter. */
const PARAMETER = /([?&]password=)[^&\s"\\]+/gi;

/**
 * A database URL up to the next blank or quote, which includes the URLs that follow it without one. A pattern that looks
 * for the password itself would read the rest of the text again at each beginning of a URL.
 */
const DATABASE_URL = /postgres(?:ql)?:\/\/[^\s"\\]*/gi;

/** The credentials in a database URL: an optional user, and the password up to the last @. */
const USER = /^(postgres(?:ql)?:\/\/[^:@/]*:)/i;

/**
 * Masks API keys, other credentials and database passwords in a text. The server logs none on purpose, but error messages
 * and client input may contain them. The time is linear in the length of the text.
 *
 * @param text for example a line of the log; valid JSON stays valid
 */
export function maskSecrets(text: string): string {
  return text
    .replace(KEY, `pl_${MASK}`)
    .replace(CREDENTIALS, `$1 ${MASK}`)
    .replace(PARAMETER, `$1${MASK}`)
    .replace(DATABASE_URL, withoutPassword);
}

function withoutPassword(url: string): string {
  const user = USER.exec(url)?.[1];
  const end = url.lastIndexOf('@');
  return user === undefined || end <= user.length ? url : `${user}${MASK}${url.slice(end)}`;
}
