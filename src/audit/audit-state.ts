import type { Report } from './finding';
import type { TicketRecord } from './ticket-record';

/** The ticket stands where its last move has left it, or where it began. */
export function auditState({ ticket, moves }: TicketRecord, report: Report): void {
  const last = moves.at(-1);
  const source = last === undefined ? 'the ticket never moved' : `its last move is history row ${last.sequence}`;
  const compare = (code: Parameters<Report>[0], column: string, found: unknown, due: unknown): void => {
    if (found !== due) report(code, `${column} is ${String(found)}; ${source}, so it should be ${String(due)}.`);
  };
  compare('phase_mismatch', 'phase_id', ticket.phase, last?.to ?? ticket.initialPhase);
  compare('previous_phase_mismatch', 'previous_phase_id', ticket.previousPhase, last?.from ?? null);
  compare('transition_count_mismatch', 'transition_count', ticket.transitionCount, last?.sequence ?? 0);
}
