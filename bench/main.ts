import { writeFileSync } from 'node:fs';
import { Cleaning, EXIT_INTERRUPTED } from '../src/terminal/interruption';
import { TemporaryCluster } from '../testkit/cluster';
import { compareBuilds } from './against';
import { figuresOf } from './figures';
import { COMPARISON_PLANS, PLANS, readOptions, type Options } from './options';
import { formatComparisons, formatEnvironment, formatResults, readEnvironment, type Environment } from './report';
import { Results } from './rounds';
import { SCENARIOS } from './scenarios';
import { SIZES, Stage } from './stage';

const EXIT_FAILURE = 1;

/** Tickets of each workflow in a compared build's database. */
const COMPARED_TICKETS = { full: SIZES.small, quick: 3_200 } as const;

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  const cleaning = new Cleaning();
  cleaning.onInterruption();
  try {
    const starting = TemporaryCluster.start({ owner: 'bench', report: log });
    // An interruption during the start removes the cluster, too.
    cleaning.add(() =>
      starting.then(
        (started) => started.close(),
        () => undefined,
      ),
    );
    const cluster = await starting;
    const environment = await readEnvironment(cluster);
    log(formatEnvironment(environment));
    const results = new Results();
    const plans = options.against === undefined ? PLANS : COMPARISON_PLANS;
    const stage = new Stage(cluster, plans[modeOf(options)], results, log);
    cleaning.add(() => stage.stopServers());
    return await measure(options, stage, environment);
  } catch (error) {
    // An interruption removes the servers of a running measurement, which then fails.
    if (cleaning.interrupted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    await cleaning.run();
  }
}

async function measure(options: Options, stage: Stage, environment: Environment): Promise<number> {
  const { results, plan } = stage;
  if (options.against !== undefined) {
    const tickets = COMPARED_TICKETS[modeOf(options)];
    const comparisons = await compareBuilds(stage, options.against, options.scenarios, tickets);
    await stage.clear();
    const report = `${formatEnvironment(environment)}\n\n${formatComparisons(comparisons)}`;
    return finish(options, report, results, { environment, plan, comparisons });
  }
  if (options.quick) log('A quick run: fewer and shorter rounds, without the parts growth and memory.');
  for (const name of options.scenarios) {
    log(`${name} …`);
    await SCENARIOS[name].run(stage);
    await stage.clear();
  }
  const figures = figuresOf(results);
  const report = `${formatEnvironment(environment)}\n\n${formatResults(results.series, figures)}`;
  return finish(options, report, results, { environment, plan, figures, memory: results.memory });
}

function finish({ json }: Options, report: string, { series, errors }: Results, measured: object): number {
  process.stdout.write(`\n${report}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ ...measured, series, errors }, null, 2)}\n`);
  if (errors.length === 0) return 0;
  process.stderr.write(`\nTHE FIGURES ARE INVALID, because of wrong responses:\n${errors.join('\n')}\n`);
  return EXIT_FAILURE;
}

function modeOf({ quick }: Options): 'quick' | 'full' {
  return quick ? 'quick' : 'full';
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

main(readOptions(process.argv)).then(
  (code) => process.exit(code),
  (error: Error) => {
    log(`bench: ${error.stack}`);
    process.exit(EXIT_FAILURE);
  },
);
