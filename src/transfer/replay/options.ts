import { Command, InvalidArgumentError } from 'commander';

/** Which file says what the states of the log are: a map to built-in phases, or a workflow whose phases they are. */
export interface StateSource {
  readonly kind: 'phases' | 'workflow';
  readonly path: string;
}

export interface ReplayCommand {
  readonly events: string;
  readonly states: StateSource;
  readonly url: URL | undefined;
  readonly json: boolean;
  readonly concurrency: number;
}

const HELP = `
The log is CSV, plain or gzip, in UTF-8, with the header
  ticket_id,seq,from_state,to_state,at,actor,title
where seq counts the rows of a ticket from 1, its creation. The rows of a ticket need not stand together.

What the states of the log are, one of two files says:
  SUMMARY.json   {"phase_map": {"state": "PHASE", …}} or just the map, to phases of the built-in workflow. States that
                 are not in it are skipped. What is BLOCKED first is created in BACKLOG, then moved.
  WORKFLOW.json  a definition, as POST /api/v1/workflows takes it, that is stored at the server, unless it is there
                 already. Its phases are the states of the log, and tickets are created under this version of it.

Each ticket is created in its first state, and every later change of state is asked for as a transition, without a
reason. A refused move leaves the ticket where it is, and the log goes on. A ticket that may not begin where the log has
it begin is a refused creation; the rest of its rows are not sent.

A server at --url that needs an API key is shown the one in PHASELINE_API_KEY. It has to be of an admin: only one may move
tickets in the names of those whom the log names.

With --json, stdout is one object:
  tickets, tickets_blocked_first, refused_creations, refused_creations_by_phase {phase: n},
  moves {accepted, refused, skipped_same_phase, skipped_same_state, skipped_unmapped},
  refused_by_code {code: n}, refused_by_move [{from, to, code, count}], accepted_by_move [{from, to, count}],
  rows {read, bad, missing, not_sent}, errors, errors_by_code {code: n}, retries, complete, seconds,
  moves_per_second (accepted), requests_per_second (created + accepted + refused)
All but retries and the last three are the same in every run on an empty database.

Exit code: 0 when every row was replayed (a refused move is a result), 1 when refused creations, bad rows, errors or a
broken file left something out, 130 after Ctrl-C.

Examples:
  npm run replay -- examples/sample-log.csv --phases examples/sample-phases.json
  npm run replay -- examples/sample-log.csv --workflow examples/sample-workflow.json`;

/** Reads the command line; prints the help or what is wrong with it and ends the process where it should. */
export function readReplayCommand(argv: readonly string[]): ReplayCommand {
  const command = new Command('replay')
    .description('Drives a server with a real log of tickets, through the public API, and reports what it said.')
    .argument('<EVENTS.csv[.gz]>', 'the log')
    .option('--phases <SUMMARY.json>', 'which phase of the built-in workflow each state of the log is')
    .option('--workflow <WORKFLOW.json>', 'the workflow whose phases the states of the log are')
    .option(
      '--url <url>',
      'the running server, e.g. http://127.0.0.1:3000 (default: one started for this run)',
      parseUrl,
    )
    .option('--json', 'print the report as JSON', false)
    .option('--concurrency <n>', 'requests on the way at a time, 1 to 1000', parseConcurrency, 32)
    .addHelpText('after', HELP)
    .parse(argv);
  const { phases, workflow, ...rest } = command.opts<Omit<ReplayCommand, 'events' | 'states'> & StateOptions>();
  const states = sourcesOf({ phases, workflow });
  if (states.length !== 1) {
    command.error(`error: expected one of --phases and --workflow, got ${states.length === 0 ? 'neither' : 'both'}`);
  }
  return { events: command.args[0]!, states: states[0]!, ...rest };
}

type StateOptions = { readonly [Kind in StateSource['kind']]?: string };

function sourcesOf({ phases, workflow }: StateOptions): StateSource[] {
  return [
    ...(phases === undefined ? [] : [{ kind: 'phases', path: phases } as const]),
    ...(workflow === undefined ? [] : [{ kind: 'workflow', path: workflow } as const]),
  ];
}

/** Takes the address of the API, too, as the server prints it when it starts. */
function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('expected an address such as http://127.0.0.1:3000');
  }
  url.pathname = url.pathname.replace(/\/(api\/v1\/?)?$/, '');
  return url;
}

function parseConcurrency(text: string): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 1000) throw new InvalidArgumentError('expected a whole number from 1 to 1000');
  return value;
}
