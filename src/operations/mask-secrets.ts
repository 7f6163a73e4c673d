/** What is put in place of a secret. */
const MASK = '***';

/** An API key, wherever it stands; in a URL any of its characters may be percent-encoded. */
const KEY = /(?:p|%70)(?:l|%6c)(?:_|%5f)(?:[a-z0-9_-]|%[2-7][0-9a-f]){43}/gi;

/** What comes after a scheme in `Authorization`, also of schemes that we do not know a caller by. */
const CREDENTIALS = /\b(bearer|basic) +[\w.~+/=-]{8,}/gi;

/** The password in the URL of a database: before the host, or as a parameter. */
const PASSWORD = /(postgres(?:ql)?:\/\/[^\s:@/"\\]*:)[^\s@"\\]+(?=@)|([?&]password=)[^&\s"\\]+/gi;

/**
 * Makes the secrets in a text unreadable: API keys, other credentials, and passwords of databases. We log none on purpose;
 * this is for what comes in an error's message, or where a caller put it by mistake.
 *
 * @param text such as a line of the log; what was JSON remains JSON
 */
export function maskSecrets(text: string): string {
  return text
    .replace(KEY, `pl_${MASK}`)
    .replace(CREDENTIALS, `$1 ${MASK}`)
    .replace(PASSWORD, (_, before?: string, parameter?: string) => `${before ?? parameter}${MASK}`);
}
