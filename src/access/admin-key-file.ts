import { constants } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { isSecret } from './key-verifier';

/**
 * Writes the secret of the first admin key to a file that only its owner can read. A file that is empty or holds an earlier
 * key is replaced; any other is left as it is.
 *
 * @throws Error with the reason and the remedy
 */
export async function writeAdminKey(path: string, secret: string): Promise<void> {
  const present = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw unwritable(path, error);
  });
  if (present.trim() !== '' && !isSecret(present.trim())) {
    throw new Error(`ADMIN_KEY_FILE ${path} exists and holds something else. Remove the file, or name another one.`);
  }
  const draft = `${path}.${process.pid}.new`;
  try {
    await writeDurably(draft, `${secret}\n`);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw unwritable(path, error as Error);
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function unwritable(path: string, cause: Error): Error {
  const remedy = 'Name a file in a directory that the server can write to.';
  return new Error(`The first admin key cannot be written to ADMIN_KEY_FILE ${path}: ${cause.message}. ${remedy}`, {
    cause,
  });
}
