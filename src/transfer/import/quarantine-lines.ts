import type { Fault, FaultCode } from './fault';
import { NOBODYS, type AnyRow } from './row';

/** A line of the quarantine file. */
export interface QuarantineLine {
  readonly code: FaultCode;
  /** JSON, with the end of the line. */
  readonly text: string;
}

/**
 * The lines of one ticket's rows: those at fault say why, the others which row is.
 *
 * @param ticket its id, or `NOBODYS`
 * @param faults at least one, by line
 */
export function quarantineLines(ticket: string, rows: readonly AnyRow[], faults: readonly Fault[]): QuarantineLine[] {
  const own = new Map(faults.map((fault) => [fault.line, fault]));
  const [first] = faults;
  const reason = `line ${first!.line} of the same ticket is at fault (${first!.code})`;
  return rows.map((row) => {
    const { line } = row;
    const fault = own.get(line) ?? { line, code: 'ticket_quarantined', reason };
    const content = 'columns' in row ? { row: row.columns } : { raw: row.raw };
    const told = {
      line,
      code: fault.code,
      reason: fault.reason,
      ticket_id: ticket === NOBODYS ? null : ticket,
      ...content,
    };
    return { code: fault.code, text: `${JSON.stringify(told)}\n` };
  });
}
