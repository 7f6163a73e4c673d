import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { DomainError } from '../../problems/domain-error';
import type { CommittedMove, MoveRequest } from '../move';

/** Counts moves by where they led and what became of them. */
@Injectable()
export class MoveMetrics {
  private readonly moves: Counter<'from' | 'to' | 'verdict'>;

  constructor(registry: Registry) {
    this.moves = new Counter({
      name: 'phaseline_moves_total',
      help: 'Moves that were asked for, by phase and verdict. Names of phases that do not exist count as "other".',
      labelNames: ['from', 'to', 'verdict'],
      registers: [registry],
    });
  }

  countCommitted(move: CommittedMove): void {
    this.count(move, 'ok');
  }

  /** Counts a move that was legal and not made, because others of its request were refused. */
  countWithdrawn(move: CommittedMove): void {
    this.count(move, 'bulk_refused');
  }

  /** @param isPhase tells names of phases from what callers make up, which must not become labels */
  countRefused(error: unknown, request: MoveRequest, isPhase: (name: string) => boolean): void {
    const verdict = error instanceof DomainError ? error.code : 'failed';
    const from = error instanceof DomainError ? error.facts['from_phase'] : undefined;
    const to = isPhase(request.toPhase) ? request.toPhase : 'other';
    this.moves.inc({ from: typeof from === 'string' ? from : 'unknown', to, verdict });
  }

  private count({ transition }: CommittedMove, verdict: string): void {
    this.moves.inc({ from: transition.fromPhase, to: transition.toPhase, verdict });
  }
}
