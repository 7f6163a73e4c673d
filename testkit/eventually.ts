import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that has to run for what a test waits for. */
export interface Program {
  readonly child: ChildProcess;
  /** All that it has written so far. */
  output(): string;
}

/** Something that is there, or nothing yet. */
type Answer<T> = T | undefined | false;

/**
 * Asks every 20 ms until there is an answer, for at most 25 s.
 *
 * @param program when it ends, nothing is waited for any longer; a failure tells what it has written
 */
export async function eventually<T>(ask: () => Answer<T> | Promise<Answer<T>>, program?: Program): Promise<T> {
  try {
    return await poll(ask, program?.child);
  } catch (cause) {
    if (program === undefined) throw cause;
    throw new Error(`${(cause as Error).message}\nThe program has written:\n${program.output()}`, { cause });
  }
}

async function poll<T>(ask: () => Answer<T> | Promise<Answer<T>>, child?: ChildProcess): Promise<T> {
  for (let waited = 0; waited < 25_000; waited += 20) {
    // Looked at first: what a program has left behind is still found after its end.
    const end = child === undefined ? undefined : endOf(child);
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (end !== undefined) throw new Error(`The program ended with ${end}, and nothing came.`);
    await sleep(20);
  }
  throw new Error('Nothing came within 25 seconds.');
}

/** The exit code, or the signal that ended it, as soon as there is nothing left to be read of it either. */
function endOf({ exitCode, signalCode, stdout, stderr }: ChildProcess): number | NodeJS.Signals | undefined {
  const isRead = [stdout, stderr].every((stream) => stream === null || stream.closed);
  return isRead ? (exitCode ?? signalCode ?? undefined) : undefined;
}
