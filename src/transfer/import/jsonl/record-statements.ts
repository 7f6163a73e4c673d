import type { QueryConfig } from 'pg';
import { writeRecords } from '../../../phases/phase.statements';
import type { LineOf } from './export-line';
import type { ExportRecord, Written } from './record';
import type { RecordStage } from './record-stages';

/** Writes new tickets with their history and events. */
export function createRecords(records: readonly ExportRecord[]): QueryConfig {
  return writeRecords({
    created: jsonArray(records.map(({ ticket }) => ticket.raw)),
    moves: jsonArray(records.flatMap(({ moves }) => moves.map(({ raw }) => raw))),
    events: jsonArray(records.flatMap(({ events }) => events.map(({ raw }) => raw))),
  });
}

/** Writes one stage of stored tickets. The events of all stages may come with any of them. */
export function continueRecords(stages: readonly RecordStage[], events: readonly Written<'event'>[]): QueryConfig {
  return writeRecords({
    changed: JSON.stringify(stages.map(({ ticket }) => ticket)),
    moves: jsonArray(stages.flatMap(({ moves }) => moves.map(({ raw }) => raw))),
    events: jsonArray(events.map(({ raw }) => raw)),
  });
}

/**
 * Locks tickets in ascending order of ids, as every writer does. NO KEY UPDATE does not block the foreign-key checks of
 * other writers.
 */
export function lockRecords(tickets: readonly LineOf<'ticket'>[]): QueryConfig {
  const text = 'SELECT id, version FROM tickets WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE';
  return { name: 'lock-records', text, values: [tickets.map(({ id }) => id)] };
}

function jsonArray(lines: readonly string[]): string {
  return `[${lines.join(',')}]`;
}
