import type { QueryConfig } from 'pg';
import { writeRecords } from '../../../phases/phase.statements';
import type { LineOf } from './export-line';
import type { ExportRecord, Written } from './record';
import type { RecordStage } from './record-stages';

/** Writes new tickets with all of their past. */
export function createRecords(records: readonly ExportRecord[]): QueryConfig {
  return writeRecords({
    created: listOf(records.map(({ ticket }) => ticket.raw)),
    moves: listOf(records.flatMap(({ moves }) => moves.map(({ raw }) => raw))),
    events: listOf(records.flatMap(({ events }) => events.map(({ raw }) => raw))),
  });
}

/** Takes stored tickets a step further; the events of all steps may come with any of them. */
export function continueRecords(stages: readonly RecordStage[], events: readonly Written<'event'>[]): QueryConfig {
  return writeRecords({
    changed: JSON.stringify(stages.map(({ ticket }) => ticket)),
    moves: listOf(stages.flatMap(({ moves }) => moves.map(({ raw }) => raw))),
    events: listOf(events.map(({ raw }) => raw)),
  });
}

/** In the one order of locks of all writers, ids ascending; NO KEY UPDATE leaves the foreign-key checks of others alone. */
export function lockRecords(tickets: readonly LineOf<'ticket'>[]): QueryConfig {
  const text = 'SELECT id, version FROM tickets WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE';
  return { name: 'lock-pasts', text, values: [tickets.map(({ id }) => id)] };
}

function listOf(lines: readonly string[]): string {
  return `[${lines.join(',')}]`;
}
