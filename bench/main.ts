import { writeFileSync } from 'node:fs';
import { Cleaning, EXIT_INTERRUPTED } from '../src/terminal/interruption';
import { Cluster } from './cluster';
import { figuresOf } from './figures';
import { Findings } from './findings';
import { describeMachine, type Machine } from './machine';
import { PLANS, readOptions, type Options } from './options';
import { formatMachine, formatReport } from './report';
import { SCENARIOS } from './scenarios';
import { Stage } from './stage';

const EXIT_WRONG = 1;

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  const cleaning = new Cleaning();
  cleaning.onInterruption();
  const findings = new Findings();
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
    const machine = await describeMachine(cluster);
    say(formatMachine(machine));
    const stage = new Stage(cluster, PLANS[options.quick ? 'quick' : 'full'], findings, say);
    cleaning.add(() => stage.stopServers());
    await runScenarios(options, stage);
    return report(options, machine, findings);
  } catch (error) {
    // What is cleared away under a running measurement fails, and nobody wants to know.
    if (cleaning.interrupted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    await cleaning.run();
  }
}

async function runScenarios({ scenarios, quick }: Options, stage: Stage): Promise<void> {
  if (quick) say('A quick run: fewer and shorter rounds, no growth to a million tickets, no two minutes of memory.');
  for (const name of scenarios) {
    say(`${name} …`);
    await SCENARIOS[name].run(stage);
    await stage.clear();
  }
}

function report({ quick, json }: Options, machine: Machine, findings: Findings): number {
  const { series, memory, faults } = findings;
  const figures = figuresOf(findings);
  process.stdout.write(`\n${formatReport(machine, series, figures)}\n`);
  if (json !== undefined) {
    const plan = PLANS[quick ? 'quick' : 'full'];
    writeFileSync(json, `${JSON.stringify({ machine, plan, figures, series, memory, faults }, null, 2)}\n`);
  }
  if (faults.length === 0) return 0;
  process.stderr.write(`\nTHE FIGURES DO NOT COUNT: something was answered wrongly.\n${faults.join('\n')}\n`);
  return EXIT_WRONG;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

main(readOptions(process.argv)).then(
  (code) => process.exit(code),
  (error: Error) => {
    say(`bench: ${error.stack}`);
    process.exit(EXIT_WRONG);
  },
);
