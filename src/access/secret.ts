import { hash, randomBytes } from 'node:crypto';

/** How much of a secret is stored as it is, to look its key up by: `pl_` and 48 of its 256 bits. */
const PREFIX_LENGTH = 11;

const SECRET = /^pl_[A-Za-z0-9_-]{43}$/;

/** A new secret: `pl_` and 256 random bits. */
export function makeSecret(): string {
  return `pl_${randomBytes(32).toString('base64url')}`;
}

/** Whether a text could be a secret; what could not needs no look-up. */
export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

export function prefixOf(secret: string): string {
  return secret.slice(0, PREFIX_LENGTH);
}

/** The SHA-256 of a secret, in hexadecimal. Of 256 random bits a fast hash is as good as a slow one: none can be guessed. */
export function hashOf(secret: string): string {
  return hash('sha256', secret);
}
