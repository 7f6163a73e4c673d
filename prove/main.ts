import { ATTACKS } from './attacks';
import { Cleaning, EXIT_INTERRUPTED } from '../src/terminal/interruption';
import { Cluster } from './cluster';
import { controlPlanFor, planFor, readOptions, type Options } from './options';
import { formatReport, verdictOf, type Verdict } from './report';
import type { Program } from './server-process';
import { Target } from './target';

const EXIT_WRONG = 1;

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  const cleaning = new Cleaning();
  cleaning.onInterruption();
  try {
    const starting = Cluster.start(say);
    // A cluster that is still being made when the user gives up is cleared away all the same.
    cleaning.add(() =>
      starting.then(
        (made) => made.close(),
        () => undefined,
      ),
    );
    const cluster = await starting;
    const [phaseline, control] = (['Phaseline', 'control group'] satisfies Program[]).map((program) => {
      const target = new Target(program, cluster, (line) => say(`${program}, ${line}`));
      cleaning.add(() => target.stop());
      return target;
    });
    await attack(options, phaseline!, control!);
    return report(options, verdictOf(phaseline!.ledger, control!.ledger, options.attacks));
  } catch (error) {
    // What is cleared away under a running attack fails, and nobody wants to know.
    if (cleaning.interrupted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    await cleaning.run();
  }
}

async function attack({ attacks, seconds, seed }: Options, phaseline: Target, control: Target): Promise<void> {
  const plan = planFor(seconds);
  say(`The seed is ${seed}. For ${seconds} seconds: ${JSON.stringify(plan)}`);
  for (const name of attacks) {
    for (const [target, amount] of [
      [phaseline, plan],
      [control, controlPlanFor(seconds)],
    ] as const) {
      const began = Date.now();
      await ATTACKS[name](target, amount, seed);
      await target.clear();
      target.say(`${name}: done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
    }
  }
}

function report({ json, seed, seconds }: Options, verdict: Verdict): number {
  const { rows, violations, blind } = verdict;
  if (json) process.stdout.write(`${JSON.stringify({ seed, seconds, claims: rows, violations, blind })}\n`);
  else process.stdout.write(`\n${formatReport(verdict)}\n`);
  const broken = rows.some((row) => row.violations > 0);
  if (broken) say(`\nVIOLATIONS (repeat with --seed ${seed}):\n${violations.join('\n')}`);
  if (blind.length > 0) say(`\nTHE PROOF CANNOT FAIL: the control group was not caught by ${blind.join(', ')}.`);
  return broken || blind.length > 0 ? EXIT_WRONG : 0;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

main(readOptions(process.argv)).then(
  (code) => process.exit(code),
  (error: Error) => {
    say(`prove: ${error.stack}`);
    process.exit(EXIT_WRONG);
  },
);
