import type { HttpResponse, HttpRequest } from '../../testkit/http-client';
import { Learned, type Check } from './agreement';
import { UNKNOWN_VERSION, type Command } from './commands';
import { isNonEmptyList, NO_WORKFLOW, type OwnWorkflow } from './own-workflow';
import { isText, rejected, type Expected, type Refusal } from './refusals';
import { withKey } from './ticket-commands';
import { isWaiting, type Position } from './rules';
import { migrated, positionOf, type ModelTicket } from './ticket';
import type { Workflow } from './workflow';

type Migrate = Extract<Command, { do: 'migrate' }>;

/** A requested migration. */
interface MigrationPlan {
  readonly from: Workflow;
  readonly to: Workflow;
  readonly mapping: PhaseMapping;
}

const SAME_VERSION: Refusal = {
  status: 400,
  code: 'validation_failed',
  facts: { errors: isNonEmptyList },
};

/** Migrations between versions of a sequence's workflow. */
export class Migrations {
  /** Executed plans, each with its number of edges. */
  readonly plans: { readonly name: string; readonly edges: number }[] = [];

  constructor(private readonly workflow: OwnWorkflow) {}

  /** @param tickets all tickets, of which migrated ones are replaced */
  migrate(command: Migrate, tickets: ModelTicket[]): Expected {
    const { dry: dry_run, key } = command;
    const [from_version, to_version] = [this.versionOf(command.from), this.versionOf(command.to)];
    const [from, to] = [this.workflow.find('own', from_version), this.workflow.find('own', to_version)];
    const named = from && to ? namesFor(command, from, to) : new Map<string, string>();
    const path = `/api/v1/workflows/${this.workflow.keyOf('own')}/migrations`;
    const body = { from_version, to_version, phases: Object.fromEntries(named), dry_run };
    const request = withKey({ method: 'POST', path, body }, key);
    if (from_version === to_version) return rejected(request, SAME_VERSION, false);
    if (from === undefined || to === undefined) return rejected(request, NO_WORKFLOW, key);
    const plan = { from, to, mapping: mappingFor(from, to, named) };
    if (dry_run) return { request, status: 200, body: surveyOf(plan, tickets), kept: key };
    if ([...plan.mapping.values()].includes(null)) {
      return rejected(request, { status: 400, code: 'workflow_invalid', facts: { findings: isNonEmptyList } }, false);
    }
    return this.run(plan, tickets, request, key);
  }

  private versionOf(number: number): number {
    return number === UNKNOWN_VERSION ? number : 1 + (number % (this.workflow.versions.length || 1));
  }

  private run(plan: MigrationPlan, tickets: ModelTicket[], request: HttpRequest, key: boolean): Expected {
    const { from, to, mapping } = plan;
    const candidates = tickets.filter(({ workflow }) => workflow === from);
    const migratedTickets = this.migrateAll(plan, tickets);
    const started = {
      id: Learned.id(),
      workflow: from.key,
      from_version: from.version,
      to_version: to.version,
      phases: Object.fromEntries(mapping),
      tickets: candidates.length,
      created_by: 'system',
      created_at: Learned.time(),
    };
    const [moved, kept] = [
      migratedTickets.filter(Boolean).length,
      migratedTickets.filter((hasMoved) => !hasMoved).length,
    ];
    const none = { state: 'running', done: 0, moved: 0, kept: 0, skipped: 0, finished_at: null };
    const all = {
      state: 'finished',
      done: migratedTickets.length,
      moved,
      kept,
      skipped: candidates.length - migratedTickets.length,
    };
    const completion = {
      request: ({ body }: HttpResponse): HttpRequest => ({
        method: 'GET',
        path: `${request.path}/${String(body['id'])}`,
      }),
      isOver: ({ body }: HttpResponse): boolean => body['state'] !== 'running',
      body: { ...started, ...all, finished_at: Learned.time(started.created_at) },
    };
    return { request, status: 202, body: { ...started, ...none }, kept: key, completion };
  }

  /** @returns for each migrated ticket, whether its phase changed */
  private migrateAll({ from, to, mapping }: MigrationPlan, tickets: ModelTicket[]): boolean[] {
    const name = `${from.key} ${from.version}→${to.version}`;
    this.plans.push({ name, edges: mapping.size });
    const plan = [name, this.plans.filter((one) => one.name === name).length] as const;
    return tickets.flatMap((ticket, i) => {
      if (ticket.workflow !== from || ticket.view.archived_at !== null) return [];
      tickets[i] = migrated(ticket, to, migratedPosition(mapping, from, to, positionOf(ticket)), plan);
      return [tickets[i].history.length > ticket.history.length];
    });
  }
}

/** PhaseMapping by name: those of the command, and with `whole` one for every phase that has no namesake. */
function namesFor({ named, whole }: Migrate, from: Workflow, to: Workflow): Map<string, string> {
  const at = ({ phases }: Workflow, place: number): string => phases[place % phases.length]!.id;
  const names = new Map(named.map(([phase, place]) => [at(from, phase), at(to, place)]));
  const unmapped = whole ? [...mappingFor(from, to, names)].filter(([, place]) => place === null) : [];
  for (const [i, [phase]] of unmapped.entries()) names.set(phase, at(to, i));
  // The server's JSON parser rejects this key.
  names.delete('__proto__');
  return names;
}

/** Returns the expected result of a dry run. */
function surveyOf({ from, to, mapping }: MigrationPlan, tickets: readonly ModelTicket[]): object {
  const own = tickets.filter(({ workflow }) => workflow === from);
  const reasons = own.flatMap((ticket) => {
    if (ticket.view.archived_at !== null) return ['ticket_archived'];
    const phase = unmappedPhaseOf(mapping, from, to, positionOf(ticket));
    return phase === undefined ? [] : [`no_place ${phase}`];
  });
  return {
    dry_run: true,
    from_version: from.version,
    to_version: to.version,
    tickets: own.length,
    phases: Array.from(mapping, ([phase, place]) => {
      return { from: phase, to: place, tickets: own.filter(({ view }) => view.phase_id === phase).length };
    }),
    without_place: [...mapping].flatMap(([phase, place]) => (place === null ? [phase] : [])),
    refused: countsOf(reasons),
  };
}

/** Expects the numbers of tickets that are not migrated, by reason, in any order. */
function countsOf(reasons: readonly string[]): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'should be a list';
    const counts = value as { code: string; phase?: string; tickets: number; message: unknown }[];
    const listed = counts.flatMap(({ code, phase, tickets }) =>
      Array.from({ length: tickets }, () => (phase === undefined ? code : `${code} ${phase}`)),
    );
    const isComplete = counts.every(({ message }) => isText(message) === undefined);
    return isComplete && listed.sort().join() === [...reasons].sort().join()
      ? undefined
      : `should list ${reasons.join()}`;
  };
}

/** Maps each phase of one version to a phase of another; null: unmapped. */
type PhaseMapping = ReadonlyMap<string, string | null>;

/** Maps each phase as requested, or else to the phase of the same id. */
function mappingFor(from: Workflow, to: Workflow, named: ReadonlyMap<string, string>): PhaseMapping {
  const isThere = (phase: string): boolean => to.phases.some(({ id }) => id === phase);
  return new Map(
    from.phases.map(({ id }) => {
      const place = named.get(id) ?? id;
      return [id, isThere(place) ? place : null];
    }),
  );
}

/** Returns the unmapped phase that prevents a ticket's migration: its own, or the one in which it resumes. */
function unmappedPhaseOf(
  mapping: PhaseMapping,
  from: Workflow,
  to: Workflow,
  { phase, resume }: Position,
): string | undefined {
  const place = mapping.get(phase) ?? null;
  if (place === null) return phase;
  const waitsOn = isWaiting(from, phase) && isWaiting(to, place);
  return waitsOn && resume !== null && mapping.get(resume) === null ? resume : undefined;
}

/**
 * Returns a ticket's position after the migration. A ticket that was waiting resumes in the phase to which its resume phase
 * is mapped; one that begins to wait, in its former phase if that still exists and is not a waiting phase.
 */
function migratedPosition(mapping: PhaseMapping, from: Workflow, to: Workflow, { phase, resume }: Position): Position {
  const place = mapping.get(phase)!;
  if (!isWaiting(to, place)) return { phase: place, resume: null };
  const known = isWaiting(from, phase) ? (resume === null ? null : mapping.get(resume)!) : phase;
  const isWork = to.phases.some(({ id, category }) => id === known && category !== 'waiting');
  return { phase: place, resume: isWork ? known : null };
}
