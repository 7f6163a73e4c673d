import { auditRecord } from '../../src/audit/audit';
import type { AboutRow } from '../../src/audit/finding';
import type { Rulebook } from '../../src/audit/rulebook';
import type { TicketRecord } from '../../src/audit/ticket-record';

/** How sentences name the row that they are about. */
const MOVE = /^(?:History row|The history goes on with row|There is no graph \d+, under which history row) (\d+)/;
const EVENT = /^(?:The event of version|There is an event of version|The ticket was \w+ in version) (\d+)/;

/** Findings whose sentence is about another row than they say. */
export function mistoldRows(record: TicketRecord, rulebook: Rulebook): string[] {
  const mistold: string[] = [];
  auditRecord(record, rulebook, (_, detail, row) => {
    if (JSON.stringify(row) !== JSON.stringify(rowNamedIn(detail))) mistold.push(`${JSON.stringify(row)}: ${detail}`);
  });
  return mistold;
}

function rowNamedIn(detail: string): AboutRow | undefined {
  const [, move] = MOVE.exec(detail) ?? [];
  if (move !== undefined) return { move: Number(move) };
  const [, event] = EVENT.exec(detail.replace('event of the creation', 'event of version 1')) ?? [];
  return event === undefined ? undefined : { event: Number(event) };
}
