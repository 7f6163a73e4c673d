import { auditRecord } from '../../src/audit/audit';
import type { RowReference } from '../../src/audit/finding';
import type { TicketRecord } from '../../src/audit/ticket-record';
import type { WorkflowVersions } from '../../src/audit/workflow-versions';

/** The beginnings of sentences that name a row. */
const MOVE = /^(?:History row|The history continues with row) (\d+)/;
const EVENT = /^(?:The event of version|There is an event of version|The ticket was \w+ in version) (\d+)/;

/** Returns the findings whose row differs from the row that their sentence names. */
export function wrongReferences(record: TicketRecord, versions: WorkflowVersions): string[] {
  const wrong: string[] = [];
  auditRecord(record, versions, (_, detail, row) => {
    if (JSON.stringify(row) !== JSON.stringify(rowNamedIn(detail))) wrong.push(`${JSON.stringify(row)}: ${detail}`);
  });
  return wrong;
}

function rowNamedIn(detail: string): RowReference | undefined {
  const [, move] = MOVE.exec(detail) ?? [];
  if (move !== undefined) return { move: Number(move) };
  const [, event] = EVENT.exec(detail) ?? [];
  return event === undefined ? undefined : { event: Number(event) };
}
