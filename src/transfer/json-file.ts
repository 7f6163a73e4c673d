import { readFile } from 'node:fs/promises';
import { TransferError } from './transfer-error';

/**
 * Reads a file whose content is one JSON object.
 *
 * @param what the file is, for an error, such as "the phase map"
 * @throws TransferError when it cannot be read, or is something else
 */
export async function readJsonObject(path: string, what: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new TransferError(`cannot read ${what} ${path}: ${cause.message}`, { cause });
  });
  return parseJsonObject(text, path);
}

/**
 * @param name what to call the text in an error
 * @throws TransferError when it is not JSON, or no object
 */
export function parseJsonObject(text: string, name: string): Record<string, unknown> {
  const content = parseJson(text, name);
  if (isObject(content)) return content;
  throw new TransferError(
    `${name}: expected a JSON object, got ${Array.isArray(content) ? 'a list' : typeOf(content)}`,
  );
}

/** Whether a value is an object with members, so neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new TransferError(`${name} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}
