import { Command, InvalidArgumentError } from 'commander';

/** The file that maps the states of the log: a map to built-in phases, or a workflow with these states as phases. */
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
where seq numbers the rows of a ticket from 1, its creation. The rows of a ticket may be anywhere in the file.

One of two files maps the states of the log to phases:
  SUMMARY.json   {"phase_map": {"state": "PHASE", …}}, or only the map: phases of the built-in workflow. Rows with other
                 states are skipped. A ticket whose first phase is BLOCKED is created in BACKLOG, then moved.
  WORKFLOW.json  a definition as accepted by POST /api/v1/workflows. The replay posts it to the server and creates the
                 tickets under that version. The states of the log must be phases of the workflow.

Each ticket is created in its first state. Every later change of state is sent as a transition without a reason. When the
server refuses a transition, the ticket stays in its phase and the replay continues. When the server refuses to create a
ticket in its first state, the remaining rows of that ticket are not sent.

If the server at --url requires authentication, set PHASELINE_API_KEY to an API key with the role admin. Only that role may
move tickets on behalf of the actors in the log.

With --json, stdout is one object:
  tickets, tickets_blocked_first, refused_creations, refused_creations_by_phase {phase: n},
  moves {accepted, refused, skipped_same_phase, skipped_same_state, skipped_unmapped},
  refused_by_code {code: n}, refused_by_move [{from, to, code, count}], accepted_by_move [{from, to, count}],
  rows {read, bad, missing, not_sent}, errors, errors_by_code {code: n}, retries, complete, seconds,
  moves_per_second (accepted), requests_per_second (created + accepted + refused)
On an empty database, all fields except retries and the last three are the same in every run.

Exit code: 0 when every row was replayed (including refused transitions); 1 when rows were left out because of refused
creations, bad rows, errors or a corrupt file; 130 after Ctrl-C.

Examples:
  npm run replay -- examples/sample-log.csv --phases examples/sample-phases.json
  npm run replay -- examples/sample-log.csv --workflow examples/sample-workflow.json`;

/** Parses the command line. Prints the help or an error and ends the process when there is nothing to run. */
export function readReplayCommand(argv: readonly string[]): ReplayCommand {
  const command = new Command('replay')
    .description('Replays a log of tickets through the public API of a server and reports the responses.')
    .argument('<EVENTS.csv[.gz]>', 'the log')
    .option('--phases <SUMMARY.json>', 'maps each state of the log to a phase of the built-in workflow')
    .option('--workflow <WORKFLOW.json>', 'the workflow that has the states of the log as its phases')
    .option('--url <url>', 'a running server, e.g. http://127.0.0.1:3000 (default: starts one for this run)', parseUrl)
    .option('--json', 'print the report as JSON', false)
    .option('--concurrency <n>', 'concurrent requests, 1 to 1000', parseConcurrency, 32)
    .addHelpText('after', HELP)
    .parse(argv);
  const { phases, workflow, ...rest } = command.opts<Omit<ReplayCommand, 'events' | 'states'> & StateOptions>();
  const states = sourcesOf({ phases, workflow });
  const [source, second] = states;
  if (source === undefined || second !== undefined) {
    return command.error(
      `error: expected one of --phases and --workflow, got ${source === undefined ? 'neither' : 'both'}`,
    );
  }
  const [events = ''] = command.args;
  return { events, states: source, ...rest };
}

type StateOptions = { readonly [Kind in StateSource['kind']]?: string };

function sourcesOf({ phases, workflow }: StateOptions): StateSource[] {
  return [
    ...(phases === undefined ? [] : [{ kind: 'phases', path: phases } as const]),
    ...(workflow === undefined ? [] : [{ kind: 'workflow', path: workflow } as const]),
  ];
}

/** Parses a server address. Also accepts the address of the API, which the server prints when it starts. */
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
