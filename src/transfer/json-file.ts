import { readFile } from 'node:fs/promises';
import { TransferError } from './transfer-error';

/**
 * Reads a file that contains one JSON object.
 *
 * @param what a noun for the file in an error, such as "the phase map"
 * @throws TransferError when the file cannot be read or contains something else
 */
export async function readJsonObject(path: string, what: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new TransferError(`cannot read ${what} ${path}: ${cause.message}`, { cause });
  });
  return parseJsonObject(text, path);
}

/**
 * Parses a JSON object.
 *
 * @param name the name of the text in an error
 * @throws TransferError when the text is not JSON or not an object
 */
export function parseJsonObject(text: string, name: string): Record<string, unknown> {
  const content = parseJson(text, name);
  if (isObject(content)) return content;
  throw new TransferError(
    `${name}: expected a JSON object, got ${Array.isArray(content) ? 'an array' : typeOf(content)}`,
  );
}

/** Returns whether a value is an object with members: neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new TransferError(`${name} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}
