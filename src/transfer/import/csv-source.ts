import type { CsvRecord } from '../log/csv-blocks';
import type { LogFile } from '../log/log-file';
import { LOG_COLUMNS, openLogRecords } from '../log/log-records';
import { checkTicketId } from './checked-row';
import type { RowErrorCode } from './row-error';
import { type Columns, type LogSource, NO_TICKET, type SourceRow } from './log-row';

/**
 * Opens a CSV log.
 *
 * @throws TransferError when the file is empty or does not start with the header; the file is then closed
 */
export async function openCsv(file: LogFile): Promise<LogSource> {
  const { records, ...log } = await openLogRecords(file);
  return { ...log, rows: readRows(records) };
}

async function* readRows(records: AsyncIterable<CsvRecord>): AsyncGenerator<SourceRow> {
  for await (const record of records) yield readCsvRecord(record);
}

export function readCsvRecord(record: CsvRecord): SourceRow {
  if ('problem' in record) return broken(ticketOf(record.raw), record.line, record.code, record.problem, record.raw);
  const { line, fields } = record;
  const [id = ''] = fields;
  const problem = checkTicketId(id);
  if (fields.length !== LOG_COLUMNS.length) {
    const reason = `expected ${LOG_COLUMNS.length} columns, got ${fields.length}`;
    return broken(problem === undefined ? id : NO_TICKET, line, 'bad_columns', reason, toCsv(fields));
  }
  if (problem !== undefined) return broken(NO_TICKET, line, 'bad_ticket_id', problem, toCsv(fields));
  const columns = Object.fromEntries(LOG_COLUMNS.map((column, i) => [column, fields[i]])) as Columns;
  return { ticket: id, row: { line, columns } };
}

function broken(ticket: string, line: number, code: RowErrorCode, reason: string, raw: string): SourceRow {
  return { ticket, row: { line, error: { code, reason }, raw } };
}

/** Returns the ticket id of a line that is not a valid record, if its first column is readable. */
function ticketOf(raw: string): string {
  const [, plain, quoted] = /^(?:([^",]*)|"((?:[^"]|"")*)"),/.exec(raw) ?? [];
  const id = plain ?? quoted?.replaceAll('""', '"') ?? '';
  return checkTicketId(id) === undefined && !id.includes('\uFFFD') ? id : NO_TICKET;
}

function toCsv(fields: readonly string[]): string {
  return fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}
