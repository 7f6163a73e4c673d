import { Cleaning, EXIT_INTERRUPTED } from '../src/terminal/interruption';
import { TemporaryCluster } from '../testkit/cluster';
import { attackWithInput } from './bad-input/bad-input';
import { attackWithCrashes } from './crash/crash';
import { attackWithFailovers } from './failover/failover';
import { attackWithCommands } from './model/model-attack';
import { controlPlanFor, planFor, readOptions, type Options, type Plan } from './options';
import type { AttackName } from './properties';
import { attackWithRaces } from './races/races';
import { formatVerdict, verdictOf, type Verdict } from './report';
import { attackWithShutdowns } from './shutdown/shutdown';
import { attackWithSql } from './sql/sql';
import { Target } from './target';

const EXIT_FAILURE = 1;

const ATTACKS: Readonly<Record<AttackName, (target: Target, plan: Plan, seed: number) => Promise<void>>> = {
  races: (target, { rounds }, seed) => attackWithRaces(target, rounds, seed),
  model: (target, { sequences }, seed) => attackWithCommands(target, sequences, seed),
  crash: (target, { kills }, seed) => attackWithCrashes(target, kills, seed),
  input: (target, { requests }, seed) => attackWithInput(target, requests, seed),
  failover: (target, { failovers }, seed) => attackWithFailovers(target, failovers, seed),
  sql: (target, { sweeps }, seed) => attackWithSql(target, sweeps, seed),
  shutdown: (target, { stops }, seed) => attackWithShutdowns(target, stops, seed),
};

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  const cleaning = new Cleaning();
  cleaning.onInterruption();
  try {
    const starting = TemporaryCluster.start({ owner: 'prove', report: log });
    // An interruption during the start removes the cluster, too.
    cleaning.add(() =>
      starting.then(
        (started) => started.close(),
        () => undefined,
      ),
    );
    const cluster = await starting;
    const phaseline = new Target('Phaseline', cluster, (line) => log(`Phaseline, ${line}`));
    const control = new Target('control group', cluster, (line) => log(`control group, ${line}`));
    for (const target of [phaseline, control]) cleaning.add(() => target.stop());
    await attack(options, phaseline, control);
    return report(options, verdictOf(phaseline.results, control.results, options.attacks));
  } catch (error) {
    // An interruption removes the servers of a running attack, which then fails.
    if (cleaning.interrupted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    await cleaning.run();
  }
}

async function attack({ attacks, seconds, seed }: Options, phaseline: Target, control: Target): Promise<void> {
  const plan = planFor(seconds);
  log(`The seed is ${seed}. Plan for ${seconds} seconds: ${JSON.stringify(plan)}`);
  for (const name of attacks) {
    for (const [target, amount] of [
      [phaseline, plan],
      [control, controlPlanFor(seconds)],
    ] as const) {
      const began = Date.now();
      await ATTACKS[name](target, amount, seed);
      await target.clear();
      target.log(`${name}: done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
    }
  }
}

function report({ json, seed, seconds }: Options, verdict: Verdict): number {
  const { rows, violations, ineffective } = verdict;
  if (json) {
    process.stdout.write(`${JSON.stringify({ seed, seconds, properties: rows, violations, ineffective })}\n`);
  } else {
    process.stdout.write(`\n${formatVerdict(verdict)}\n`);
  }
  const isViolated = rows.some((row) => row.violations > 0);
  if (isViolated) log(`\nVIOLATIONS (repeat with --seed ${seed}):\n${violations.join('\n')}`);
  if (ineffective.length > 0) {
    log(`\nNOT PROVEN: the control group passed ${ineffective.join(', ')}, so these attacks cannot find violations.`);
  }
  return isViolated || ineffective.length > 0 ? EXIT_FAILURE : 0;
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

main(readOptions(process.argv)).then(
  (code) => process.exit(code),
  (error: Error) => {
    log(`prove: ${error.stack}`);
    process.exit(EXIT_FAILURE);
  },
);
