import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running program. */
export interface Program {
  readonly child: ChildProcess;
  /** Returns its output so far. */
  output(): string;
}

/** A result, or nothing yet. */
type Polled<T> = T | undefined | false;

/**
 * Polls every 20 ms until there is a result, for at most 60 s.
 *
 * @param program its end also ends the polling, and an error contains its output
 */
export async function eventually<T>(ask: () => Polled<T> | Promise<Polled<T>>, program?: Program): Promise<T> {
  try {
    return await poll(ask, program?.child);
  } catch (cause) {
    if (program === undefined) throw cause;
    throw new Error(`${(cause as Error).message}\nThe program's output:\n${program.output()}`, { cause });
  }
}

async function poll<T>(ask: () => Polled<T> | Promise<Polled<T>>, child?: ChildProcess): Promise<T> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    // Read first, so that the last poll happens after the program's end.
    const end = child === undefined ? undefined : endOf(child);
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (end !== undefined) throw new Error(`The program ended with ${end}, and nothing came.`);
    await sleep(20);
  }
  throw new Error('Nothing came within 60 seconds.');
}

/** Returns the exit code or the signal of a program that has ended and whose output has been read. */
function endOf({ exitCode, signalCode, stdout, stderr }: ChildProcess): number | NodeJS.Signals | undefined {
  const isRead = [stdout, stderr].every((stream) => stream === null || stream.closed);
  return isRead ? (exitCode ?? signalCode ?? undefined) : undefined;
}
