import { createHash } from 'node:crypto';
import { WorkflowVersions } from '../../../src/audit/workflow-versions';
import type { StoredGraph } from '../../../src/audit/stored-graph';
import { endLine, EVERYTHING, headerLine } from '../../../src/transfer/export/export-format';
import type { PreambleLines } from '../../../src/transfer/import/jsonl/export-preamble';
import type { LineOf } from '../../../src/transfer/import/jsonl/export-line';
import { ONE, REPAIRS, STORED_REPAIRS, STORED_SDLC, storedVersion, THREE } from '../../verify/graphs';
import { soundRecordUnder, type MutableRecord, type RecordStep } from '../../verify/sound-record';

/** The built-in workflow, and repairs; their third version is not the same as the first, as the application has it. */
export const GRAPHS: readonly StoredGraph[] = [STORED_SDLC, ...STORED_REPAIRS].map((graph) =>
  graph.id === THREE ? storedVersion(THREE, { ...REPAIRS, title: 'Repairs again' }, 3) : graph,
);
export const RULES = new WorkflowVersions(GRAPHS);

/** A sound ticket of the first version of `repairs`. */
export function repair(initial: string, ...steps: RecordStep[]): MutableRecord {
  return soundRecordUnder(RULES, ONE, initial, ...steps);
}

/** The lines before the tickets in an export with these graphs. */
export function frameLines(graphs: readonly StoredGraph[] = GRAPHS): PreambleLines {
  const nameOf = (id: number | null) => graphs.find((graph) => graph.id === id);
  const keys = new Set(graphs.flatMap(({ definition, workflow }) => (definition === null ? [] : [workflow])));
  const id = '00000000-0000-7000-8000-000000000001';
  return {
    projects: [{ type: 'project', id, key: 'default', title: 'Default project', created_at: null, archived_at: null }],
    workflows: [...keys].map((key) => ({ type: 'workflow', key, project: null, created_at: null })),
    graphs: graphs.map(({ workflow, version, kind, fromGraphId, toGraphId, definition, edges }) => ({
      type: 'graph',
      workflow,
      version,
      kind: kind as 'workflow',
      created_at: null,
      from_workflow: nameOf(fromGraphId)?.workflow ?? null,
      from_version: nameOf(fromGraphId)?.version ?? null,
      to_workflow: nameOf(toGraphId)?.workflow ?? null,
      to_version: nameOf(toGraphId)?.version ?? null,
      digest: definition === null ? null : createHash('sha256').update(JSON.stringify(definition)).digest('hex'),
      definition,
      edges: edges.map(({ from, to }) => [from, to]),
    })),
  };
}

/** The lines of a ticket and its past. */
export interface PastValues {
  readonly ticket: LineOf<'ticket'>;
  readonly moves: readonly LineOf<'move'>[];
  readonly events: readonly LineOf<'event'>[];
}

const iso = (at: number): string => new Date(at).toISOString();

/** @param number the last digits of the ticket's id */
export function pastValues({ ticket, moves, events }: MutableRecord, number = 1): PastValues {
  const uuid = (kind: number): string => `01a2048b-0000-7000-800${kind}-${String(number).padStart(12, '0')}`;
  const nameOf = (graphId: number) => {
    const graph = GRAPHS.find(({ id }) => id === graphId);
    return { workflow: graph?.workflow ?? 'nothing', workflow_version: graph?.version ?? 1 };
  };
  return {
    ticket: {
      type: 'ticket',
      id: uuid(0),
      project: 'default',
      ...nameOf(ticket.graphId),
      title: `Ticket ${number}`,
      description: null,
      priority: 'MEDIUM',
      initial_phase_id: ticket.initialPhase,
      phase_id: ticket.phase,
      previous_phase_id: ticket.previousPhase,
      resume_phase_id: ticket.resumePhase,
      phase_entered_at: iso(ticket.phaseEnteredAt),
      transition_count: ticket.transitionCount,
      version: ticket.version,
      external_source: null,
      external_id: null,
      created_at: iso(ticket.createdAt),
      updated_at: iso(ticket.updatedAt),
      archived_at: ticket.archivedAt === null ? null : iso(ticket.archivedAt),
    },
    moves: moves.map(({ sequence, from, to, kind, graphId, met, version, at }) => ({
      type: 'move',
      ticket_id: uuid(0),
      sequence,
      id: uuid(1),
      from_phase: from,
      to_phase: to,
      transition_reason: met.reason ? 'because' : null,
      transitioned_by: 'system',
      actor_kind: 'system',
      artifacts: met.artifacts ? { found: 1 } : null,
      kind: kind as 'transition',
      ...nameOf(graphId),
      version,
      created_at: iso(at),
    })),
    events: events.map(({ version, type, sequence, workflowVersion, at, recorded }) => ({
      type: 'event',
      ticket_id: uuid(0),
      version,
      event_type: type as 'created',
      actor: 'system',
      actor_kind: 'system',
      at: iso(at),
      sequence,
      changes: !recorded
        ? null
        : workflowVersion === null
          ? { title: `Ticket ${number}` }
          : { workflow_version: workflowVersion },
    })),
  };
}

/** The lines of tickets, one after the other. */
export function pastLines(...records: readonly PastValues[]): string[] {
  return records.flatMap(({ ticket, moves, events }) =>
    [ticket, ...moves, ...events].map((line) => JSON.stringify(line)),
  );
}

/** How many lines stand before the tickets. */
export const LINES_BEFORE = 1 + Object.values(frameLines()).flat().length;

/** A whole file with these lines in the place of the tickets. */
export function exportText(lines: readonly string[], preamble: PreambleLines = frameLines()): string {
  const { projects, workflows, graphs } = preamble;
  const count = (type: string): number => lines.filter((line) => line.startsWith(`{"type":"${type}"`)).length;
  const counts = { projects: projects.length, workflows: workflows.length, graphs: graphs.length };
  const end = endLine({ ...counts, tickets: count('ticket'), moves: count('move'), events: count('event') });
  const before = [
    headerLine(EVERYTHING),
    ...[...projects, ...workflows, ...graphs].map((line) => JSON.stringify(line)),
  ];
  return `${[...before, ...lines, end].join('\n')}\n`;
}
