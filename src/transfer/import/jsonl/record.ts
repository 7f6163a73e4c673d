import { auditRecord } from '../../../audit/audit';
import type { RowReference } from '../../../audit/finding';
import { metRequirements } from '../../../machine/judge';
import type { EventRow, HistoryRow, TicketRecord, TicketRow } from '../../../audit/ticket-record';
import { type RowError, type RowErrorCode, quoted } from '../row-error';
import type { TicketRows } from '../log-row';
import type { ExportPreamble } from './export-preamble';
import type { LineOf } from './export-line';
import type { RecordLine } from './record-lines';

/** A line of a ticket, with its number and raw text. */
export interface Written<T extends 'ticket' | 'move' | 'event'> {
  readonly line: number;
  readonly raw: string;
  readonly value: LineOf<T>;
}

/** A ticket with its history and events, as an export contains it. */
export interface ExportRecord {
  readonly ticket: Written<'ticket'>;
  /** Ordered by sequence. */
  readonly moves: readonly Written<'move'>[];
  /** Ordered by version. */
  readonly events: readonly Written<'event'>[];
}

/**
 * Assembles the lines of a ticket and validates them by the rules of the audit. Pure.
 *
 * @returns the record, or the errors by line
 */
export function readRecord(rows: TicketRows<RecordLine>, preamble: ExportPreamble): ExportRecord | readonly RowError[] {
  const broken = rows.rows.flatMap((row) => ('error' in row ? [{ line: row.line, ...row.error }] : []));
  if (broken.length > 0) return broken;
  if (rows.excess !== undefined) return rows.rows.map(tooLarge);
  const record = assemble(rows);
  if (!('ticket' in record)) return [record];
  const unknown = findUnknownNames(record, preamble);
  if (unknown.length > 0) return unknown;
  const errors = findAuditErrors(record, preamble);
  return errors.length > 0 ? errors : record;
}

function tooLarge({ line }: RecordLine): RowError {
  return { line, code: 'ticket_too_large', reason: 'the lines of this ticket exceed the size limit' };
}

function assemble({ rows }: TicketRows<RecordLine>): ExportRecord | RowError {
  const tickets = rows.filter(isOf('ticket'));
  const [ticket, second] = tickets;
  if (ticket === undefined || ticket !== rows[0]) {
    const reason = 'the line of the ticket must precede its transitions and events';
    return { line: rows[0]?.line ?? 0, code: 'ticket_missing', reason };
  }
  if (second !== undefined) {
    return { line: second.line, code: 'misplaced_line', reason: `the ticket is already on line ${ticket.line}` };
  }
  return { ticket, moves: rows.filter(isOf('move')), events: rows.filter(isOf('event')) };
}

function isOf<T extends 'ticket' | 'move' | 'event'>(type: T): (row: RecordLine) => row is Written<T> & RecordLine {
  return (row): row is Written<T> & RecordLine => 'value' in row && row.value.type === type;
}

/** Finds references to projects and graphs that are not in the export. */
function findUnknownNames({ ticket, moves }: ExportRecord, preamble: ExportPreamble): RowError[] {
  const { project } = ticket.value;
  const errors: RowError[] = [];
  if (!preamble.hasProject(project)) {
    const reason = `the project ${quoted(project)} is not in the export`;
    errors.push({ line: ticket.line, code: 'project_unknown', reason });
  }
  for (const { line, value } of [ticket, ...moves]) {
    const { workflow, workflow_version: version } = value;
    if (preamble.graphIdOf(workflow, version) !== undefined) continue;
    const reason = `the graph ${quoted(workflow)} ${version} is not in the export`;
    errors.push({ line, code: 'graph_unknown', reason });
  }
  return errors;
}

function findAuditErrors(record: ExportRecord, preamble: ExportPreamble): RowError[] {
  const errors: RowError[] = [];
  const report = (code: RowErrorCode, detail: string, row?: RowReference): void => {
    errors.push({ line: lineOf(record, row), code, reason: preamble.withNames(detail) });
  };
  auditRecord(ticketRecordOf(record, preamble), preamble.rulebook, report);
  return errors;
}

function lineOf({ ticket, moves, events }: ExportRecord, row: RowReference | undefined): number {
  if (row === undefined) return ticket.line;
  const found =
    'move' in row
      ? moves.findLast(({ value }) => value.sequence === row.move)
      : events.findLast(({ value }) => value.version === row.event);
  return found?.line ?? ticket.line;
}

/** Converts a record into the form of the audit. */
export function ticketRecordOf({ ticket, moves, events }: ExportRecord, preamble: ExportPreamble): TicketRecord {
  return {
    ticket: ticketRow(ticket.value, preamble),
    moves: moves.map(({ value }) => moveRow(value, preamble)),
    events: events.map(({ value }) => eventRow(value)),
  };
}

function ticketRow(line: LineOf<'ticket'>, preamble: ExportPreamble): TicketRow {
  return {
    id: line.id,
    graphId: preamble.graphIdIn(line),
    initialPhase: line.initial_phase_id,
    phase: line.phase_id,
    previousPhase: line.previous_phase_id,
    resumePhase: line.resume_phase_id,
    transitionCount: line.transition_count,
    version: line.version,
    createdAt: Date.parse(line.created_at),
    phaseEnteredAt: Date.parse(line.phase_entered_at),
    updatedAt: Date.parse(line.updated_at),
    archivedAt: line.archived_at === null ? null : Date.parse(line.archived_at),
    fields: { title: line.title, description: line.description, priority: line.priority },
  };
}

function moveRow(line: LineOf<'move'>, preamble: ExportPreamble): HistoryRow {
  const { artifacts, transition_reason: reason } = line;
  return {
    ticketId: line.ticket_id,
    sequence: line.sequence,
    from: line.from_phase,
    to: line.to_phase,
    kind: line.kind,
    graphId: preamble.graphIdIn(line),
    met: metRequirements({ reason, artifacts }),
    version: line.version,
    at: Date.parse(line.created_at),
  };
}

function eventRow({ ticket_id, version, event_type, sequence, at, changes }: LineOf<'event'>): EventRow {
  const { workflow_version: reached, title, description, priority } = (changes ?? {}) as Record<string, unknown>;
  const edits = Object.entries({ title, description, priority }).filter(([, value]) => value !== undefined);
  return {
    ticketId: ticket_id,
    version,
    type: event_type,
    sequence,
    workflowVersion: typeof reached === 'number' ? reached : null,
    at: Date.parse(at),
    recorded: changes !== null,
    edits: Object.fromEntries(edits),
  };
}
