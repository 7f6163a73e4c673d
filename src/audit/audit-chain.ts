import type { Report } from './finding';
import type { MoveRow, TicketRecord } from './ticket-record';

/** The moves are one chain, from where the ticket began, numbered without a gap, and their versions grow with them. */
export function auditChain({ ticket, moves }: TicketRecord, report: Report): void {
  let before: MoveRow | undefined;
  for (const move of moves) {
    auditNumber(move, before, report);
    auditStart(move, before, ticket.initialPhase, report);
    auditVersion(move, before, ticket.version, report);
    before = move;
  }
}

function auditNumber({ sequence }: MoveRow, before: MoveRow | undefined, report: Report): void {
  const due = (before?.sequence ?? 0) + 1;
  if (sequence === due) return;
  report('sequence_gap', `The history goes on with row ${sequence}; row ${due} was due.`, { move: sequence });
}

/** Across a gap nothing can be said: who knows what the rows that are missing said. */
function auditStart({ sequence, from }: MoveRow, before: MoveRow | undefined, initial: string, report: Report): void {
  if (before === undefined && sequence === 1 && from !== initial) {
    report('chain_start', `History row 1 starts in ${from}, and the ticket began in ${initial}.`, { move: 1 });
  }
  if (before !== undefined && before.sequence + 1 === sequence && from !== before.to) {
    report('chain_broken', `History row ${sequence} starts in ${from}; row ${before.sequence} ended in ${before.to}.`, {
      move: sequence,
    });
  }
}

/** A ticket is created with version 1, so its first move makes version 2 or a later one. */
function auditVersion(
  { sequence, version }: MoveRow,
  before: MoveRow | undefined,
  reached: number,
  report: Report,
): void {
  const floor = before?.version ?? 1;
  if (version <= floor) {
    const earlier = before === undefined ? 'the creation' : `row ${before.sequence}`;
    report('move_version_order', `History row ${sequence} made version ${version}; ${earlier} made ${floor} already.`, {
      move: sequence,
    });
  }
  if (version > reached) {
    report(
      'move_version_ahead',
      `History row ${sequence} made version ${version}; the ticket has reached ${reached}.`,
      { move: sequence },
    );
  }
}
