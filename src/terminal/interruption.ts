import { EXIT_INTERRUPTED } from './cleaning';

const ECHO_MS = 1000;

/** The program ends before it is done, since it was asked to. */
export class Interrupted extends Error {
  /** @param message where something is known of what was done until then */
  constructor(message = 'interrupted', options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * Aborts on Ctrl-C or a request to end, so that the program can tidy up; a later one ends the process at once. Not so one
 * that comes right behind: npm passes on what the terminal has sent already.
 */
export function listenForInterruption(): AbortController {
  const controller = new AbortController();
  let first = Infinity;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (performance.now() - first > ECHO_MS) process.exit(EXIT_INTERRUPTED);
      first = Math.min(first, performance.now());
      controller.abort(new Interrupted());
    });
  }
  return controller;
}
