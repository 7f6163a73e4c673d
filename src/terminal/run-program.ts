import { EXIT_INTERRUPTED, Interrupted } from './interruption';
import { printable } from './printable';

/** Errors that mean a defect of the program rather than an invalid input. */
const DEFECTS = [TypeError, RangeError, ReferenceError, SyntaxError];

/**
 * Runs a command-line program and sets the exit code. Writes the reason to standard error when the program throws.
 *
 * @param main receives the command line and returns the exit code
 * @param failed exit code when `main` throws an error other than {@link Interrupted}
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

/** Writes a status line to standard error. Standard output is reserved for the result. */
export function say(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** Writes the result of a program to standard output. */
export function writeResult(text: string): void {
  process.stdout.write(printable(text));
}

/** Returns the message, which explains an error of files, settings or the database. A defect needs its stack. */
function explain(error: Error): string | undefined {
  return DEFECTS.some((defect) => error instanceof defect) ? error.stack : error.message;
}
