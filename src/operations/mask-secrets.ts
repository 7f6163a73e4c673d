/** The replacement of a secret. */
const MASK = '***';

/** An API key. In a URL, any of its characters may be percent-encoded. */
const KEY = /(?:p|%70)(?:l|%6c)(?:_|%5f)(?:[a-z0-9_-]|%[2-7][0-9a-f]){43}/gi;

/** Credentials after a scheme in `Authorization`, including schemes that the server does not support. */
const CREDENTIALS = /\b(bearer|basic) +[\w.~+/=-]{8,}/gi;

/** The password in a database URL: before the host, or as a parameter. */
const PASSWORD = /(postgres(?:ql)?:\/\/[^\s:@/"\\]*:)[^\s@"\\]+(?=@)|([?&]password=)[^&\s"\\]+/gi;

/**
 * Masks API keys, other credentials and database passwords in a text. The server logs none on purpose, but error messages
 * and client input may contain them.
 *
 * @param text for example a line of the log; valid JSON stays valid
 */
export function maskSecrets(text: string): string {
  return text
    .replace(KEY, `pl_${MASK}`)
    .replace(CREDENTIALS, `$1 ${MASK}`)
    .replace(PASSWORD, (_, before?: string, parameter?: string) => `${before ?? parameter}${MASK}`);
}
