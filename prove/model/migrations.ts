import type { Answer, Request } from '../http-client';
import { Learned, type Check } from './agreement';
import { NO_VERSION, type Command } from './commands';
import { refused, type Expected } from './expected';
import { isFilledList, NO_WORKFLOW, type OwnWorkflow } from './own-workflow';
import { goneOver, obstacleTo, placesFor, type Places } from './places';
import { isText, type Refusal } from './refusals';
import { withKey } from './requests';
import { migrated, positionOf, type ModelTicket } from './ticket';
import type { Workflow } from './workflow';

type Migrate = Extract<Command, { do: 'migrate' }>;

/** What is asked for: from where to where, and by which way. */
interface Journey {
  readonly from: Workflow;
  readonly to: Workflow;
  readonly places: Places;
}

const SAME_VERSION: Refusal = {
  status: 400,
  code: 'validation_failed',
  facts: { errors: isFilledList },
};

/** The runs by which tickets go over to other versions of the workflow of a sequence. */
export class Migrations {
  /** Plans by which tickets went, each with its number of edges. */
  readonly plans: { readonly name: string; readonly edges: number }[] = [];

  constructor(private readonly workflow: OwnWorkflow) {}

  /** @param tickets all there are; those that go over are replaced */
  migrate(command: Migrate, tickets: ModelTicket[]): Expected {
    const { dry: dry_run, key } = command;
    const [from_version, to_version] = [this.versionOf(command.from), this.versionOf(command.to)];
    const [from, to] = [this.workflow.find('own', from_version), this.workflow.find('own', to_version)];
    const named = from && to ? namesFor(command, from, to) : new Map<string, string>();
    const path = `/api/v1/workflows/${this.workflow.keyOf('own')}/migrations`;
    const body = { from_version, to_version, phases: Object.fromEntries(named), dry_run };
    const request = withKey({ method: 'POST', path, body }, key);
    if (from_version === to_version) return refused(request, SAME_VERSION, false);
    if (from === undefined || to === undefined) return refused(request, NO_WORKFLOW, key);
    const journey = { from, to, places: placesFor(from, to, named) };
    if (dry_run) return { request, status: 200, body: surveyOf(journey, tickets), kept: key };
    if ([...journey.places.values()].includes(null)) {
      return refused(request, { status: 400, code: 'workflow_invalid', facts: { findings: isFilledList } }, false);
    }
    return this.run(journey, tickets, request, key);
  }

  private versionOf(number: number): number {
    return number === NO_VERSION ? number : 1 + (number % (this.workflow.versions.length || 1));
  }

  private run(journey: Journey, tickets: ModelTicket[], request: Request, key: boolean): Expected {
    const { from, to, places } = journey;
    const travellers = tickets.filter(({ workflow }) => workflow === from);
    const gone = this.takeAlong(journey, tickets);
    const begun = {
      id: Learned.id(),
      workflow: from.key,
      from_version: from.version,
      to_version: to.version,
      phases: Object.fromEntries(places),
      tickets: travellers.length,
      created_by: 'system',
      created_at: Learned.time(),
    };
    const [moved, kept] = [gone.filter(Boolean).length, gone.filter((hasMoved) => !hasMoved).length];
    const none = { state: 'running', done: 0, moved: 0, kept: 0, skipped: 0, finished_at: null };
    const all = { state: 'finished', done: gone.length, moved, kept, skipped: travellers.length - gone.length };
    const end = {
      request: ({ body }: Answer): Request => ({ method: 'GET', path: `${request.path}/${String(body['id'])}` }),
      isOver: ({ body }: Answer): boolean => body['state'] !== 'running',
      body: { ...begun, ...all, finished_at: Learned.time(begun.created_at) },
    };
    return { request, status: 202, body: { ...begun, ...none }, kept: key, end };
  }

  /** @returns of each ticket that went over, whether it has moved to another phase */
  private takeAlong({ from, to, places }: Journey, tickets: ModelTicket[]): boolean[] {
    const name = `${from.key} ${from.version}→${to.version}`;
    this.plans.push({ name, edges: places.size });
    const plan = [name, this.plans.filter((one) => one.name === name).length] as const;
    return tickets.flatMap((ticket, i) => {
      if (ticket.workflow !== from || ticket.view.archived_at !== null) return [];
      tickets[i] = migrated(ticket, to, goneOver(places, from, to, positionOf(ticket)), plan);
      return [tickets[i].history.length > ticket.history.length];
    });
  }
}

/** Places by name: those of the command, and with `whole` one for every phase that has no namesake. */
function namesFor({ named, whole }: Migrate, from: Workflow, to: Workflow): Map<string, string> {
  const at = ({ phases }: Workflow, place: number): string => phases[place % phases.length]!.id;
  const names = new Map(named.map(([phase, place]) => [at(from, phase), at(to, place)]));
  const homeless = whole ? [...placesFor(from, to, names)].filter(([, place]) => place === null) : [];
  for (const [i, [phase]] of homeless.entries()) names.set(phase, at(to, i));
  // What parses JSON on the other side takes this for an attack.
  names.delete('__proto__');
  return names;
}

/** What a dry run tells. */
function surveyOf({ from, to, places }: Journey, tickets: readonly ModelTicket[]): object {
  const own = tickets.filter(({ workflow }) => workflow === from);
  const reasons = own.flatMap((ticket) => {
    if (ticket.view.archived_at !== null) return ['ticket_archived'];
    const phase = obstacleTo(places, from, to, positionOf(ticket));
    return phase === undefined ? [] : [`no_place ${phase}`];
  });
  return {
    dry_run: true,
    from_version: from.version,
    to_version: to.version,
    tickets: own.length,
    phases: Array.from(places, ([phase, place]) => {
      return { from: phase, to: place, tickets: own.filter(({ view }) => view.phase_id === phase).length };
    }),
    without_place: [...places].flatMap(([phase, place]) => (place === null ? [phase] : [])),
    refused: talliesOf(reasons),
  };
}

/** How many tickets stay, by their reasons in any order. */
function talliesOf(reasons: readonly string[]): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'should be a list';
    const tallies = value as { code: string; phase?: string; tickets: number; message: unknown }[];
    const told = tallies.flatMap(({ code, phase, tickets }) =>
      Array.from({ length: tickets }, () => (phase === undefined ? code : `${code} ${phase}`)),
    );
    const isTold = tallies.every(({ message }) => isText(message) === undefined);
    return isTold && told.sort().join() === [...reasons].sort().join() ? undefined : `should tell of ${reasons.join()}`;
  };
}
