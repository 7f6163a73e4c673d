import { EXIT_INTERRUPTED } from './cleaning';
import { Interrupted } from './interruption';

/** Errors of the program itself, never of what it was given. */
const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError];

/**
 * Runs a program of the command line to its end, with its exit code. Where it throws, it says why on standard error.
 *
 * @param main is given the command line, and gives the exit code
 * @param failed the exit code when it throws, other than for an interruption
 */
export async function runProgram(
  name: string,
  main: (argv: readonly string[]) => Promise<number>,
  { failed }: { readonly failed: number },
): Promise<void> {
  try {
    process.exitCode = await main(process.argv);
  } catch (error) {
    process.exitCode = error instanceof Interrupted ? EXIT_INTERRUPTED : failed;
    say(`${name}: ${explain(error as Error)}`);
  }
}

/** Says something to whoever has started the program; standard output is for what he has asked for alone. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What files, settings or the database refuse explains itself; a fault of ours needs its place. */
function explain(error: Error): string | undefined {
  return FAULTS.some((fault) => error instanceof fault) ? error.stack : error.message;
}
