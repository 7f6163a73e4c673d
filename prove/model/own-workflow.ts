import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '../../testkit/http-client';
import { differences, Learned, type Check } from './agreement';
import type { Command, DefinitionError, WorkflowChoice } from './commands';
import { rejected, type Expected, type Refusal } from './refusals';
import { withKey } from './ticket-commands';
import type { ModelTicket } from './ticket';
import { SDLC, completed, type Draft, type Workflow } from './workflow';

const API = '/api/v1/workflows';

export const NO_WORKFLOW: Refusal = { status: 404, code: 'workflow_not_found', facts: {} };

const isList: Check = (value) => (Array.isArray(value) ? undefined : 'should be a list');
export const isNonEmptyList: Check = (value) =>
  Array.isArray(value) && value.length > 0 ? undefined : 'should not be empty';

/** The workflow that a sequence defines, with its versions. */
export class OwnWorkflow {
  readonly versions: Workflow[] = [];
  private readonly drafts: Draft[] = [];
  private readonly views: object[] = [];
  private readonly keys: Readonly<Record<WorkflowChoice, string>>;

  constructor() {
    this.keys = { 'built in': SDLC.key, own: `own-${randomUUID()}`, unknown: `unknown-${randomUUID()}` };
  }

  /** Returns the key of a workflow, which need not exist. */
  keyOf(under: WorkflowChoice): string {
    return this.keys[under];
  }

  /** Returns a version, by default the newest; undefined when it does not exist. */
  find(under: WorkflowChoice, version?: number): Workflow | undefined {
    if (under === 'unknown') return undefined;
    const versions = under === 'own' ? this.versions : [SDLC];
    return version === undefined ? versions.at(-1) : versions[version - 1];
  }

  /** An identical definition returns the existing version. */
  define({ draft: drafted, again, fault, key }: Extract<Command, { do: 'define' }>): Expected {
    const draft = again === null ? drafted : (this.drafts[again % (this.drafts.length || 1)] ?? drafted);
    const own = this.keyOf('own');
    const body = { ...mutated(draft, fault), key: fault === 'built in' ? SDLC.key : own };
    const request = withKey({ method: 'POST', path: API, body }, key);
    if (fault === 'built in') return rejected(request, { status: 409, code: 'already_exists', facts: {} }, false);
    if (fault !== null) {
      return rejected(request, { status: 400, code: 'workflow_invalid', facts: { findings: isNonEmptyList } }, false);
    }
    const workflow = completed(own, this.versions.length + 1, draft);
    const known = this.versions.findIndex((version) => isSame(version, workflow));
    if (known === -1) this.store(draft, workflow);
    const number = known === -1 ? workflow.version : known + 1;
    const headers = { location: `${API}/${own}/versions/${number}` };
    return { request, status: known === -1 ? 201 : 200, body: this.views[number - 1], headers, kept: key };
  }

  /** @param tickets all tickets */
  look({ what, under, version }: Extract<Command, { do: 'look' }>, tickets: readonly ModelTicket[]): Expected {
    const key = this.keyOf(under);
    const isNewest = what === 'newest' || what === 'tickets';
    const workflow = this.find(under, isNewest ? undefined : version);
    const paths = {
      newest: `${API}/${key}`,
      version: `${API}/${key}/versions/${version}`,
      phases: `/api/v1/phases?workflow=${key}&version=${version}`,
      tickets: `/api/v1/tickets?workflow=${key}&archived=all&limit=200`,
    };
    const request: HttpRequest = { method: 'GET', path: paths[what] };
    if (workflow === undefined) return rejected(request, NO_WORKFLOW, false);
    if (what === 'phases') return { request, status: 200, body: phasesOf(workflow) };
    if (what === 'tickets')
      return { request, status: 200, body: exactly(tickets.filter((one) => one.view.workflow === key)) };
    return { request, status: 200, body: this.views[workflow.version - 1] };
  }

  private store(draft: Draft, workflow: Workflow): void {
    this.versions.push(workflow);
    this.drafts.push(draft);
    this.views.push({ ...workflow, project: null, created_at: Learned.time(), warnings: isList });
  }
}

function mutated(draft: Draft, fault: DefinitionError | null): Draft {
  const { id } = draft.phases[0]!;
  if (fault === 'loop') return { ...draft, transitions: [...draft.transitions, { from: id, to: id }] };
  return fault === 'no initial phase' ? { ...draft, initial: [] } : draft;
}

function isSame(one: Workflow, other: Workflow): boolean {
  return JSON.stringify({ ...one, version: 0 }) === JSON.stringify({ ...other, version: 0 });
}

/** Returns the expected result of `GET /phases`. */
function phasesOf(workflow: Workflow): object {
  const { phases } = workflow;
  return {
    sequence: phases.filter(({ category }) => category !== 'waiting').map(({ id }) => id),
    phases: phases.map(({ id }) => {
      const transitions = workflow.transitions.filter(({ from }) => from === id).map(({ to }) => to);
      return { id, terminal: transitions.length === 0, transitions };
    }),
  };
}

/** Expects exactly these tickets, in any order. */
function exactly(tickets: readonly ModelTicket[]): Check {
  const views = new Map(tickets.map(({ view }) => [view.id.value, view]));
  return (value) => {
    if (!Array.isArray(value) || value.length !== views.size) return `should list ${views.size} tickets`;
    const errors = value.flatMap((one: { id: string }) => differences(views.get(one.id), one, `/${one.id}`));
    return errors.length === 0 ? undefined : errors.join(', ');
  };
}
