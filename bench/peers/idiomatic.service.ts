import { BadRequestException, Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { Repository, type EntityManager } from 'typeorm';
import { Phase, PHASE_TRANSITIONS } from '../../src/machine/phase';
import { IdiomaticHistory, IdiomaticTicket } from './idiomatic.entities';

export interface MoveCommand {
  to_phase: Phase;
  reason?: string;
  transitioned_by?: string;
}

/** Locks, checks and saves in a transaction, as the documentation of Nest and TypeORM shows it. */
@Injectable()
export class IdiomaticService {
  constructor(@InjectRepository(IdiomaticTicket) private readonly tickets: Repository<IdiomaticTicket>) {}

  move(id: string, command: MoveCommand): Promise<IdiomaticTicket & { transition: IdiomaticHistory }> {
    return this.tickets.manager.transaction(async (manager) => {
      const ticket = await manager.findOne(IdiomaticTicket, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (ticket === null) throw new NotFoundException();
      if (ticket.archivedAt !== null) throw new BadRequestException('The ticket is archived');
      if (!PHASE_TRANSITIONS[ticket.phaseId as Phase].includes(command.to_phase)) {
        throw new BadRequestException('illegal transition');
      }
      return save(manager, ticket, command);
    });
  }
}

async function save(
  manager: EntityManager,
  ticket: IdiomaticTicket,
  { to_phase, reason, transitioned_by }: MoveCommand,
) {
  const from = ticket.phaseId;
  ticket.phaseId = to_phase;
  ticket.previousPhaseId = from;
  ticket.resumePhaseId = to_phase === Phase.BLOCKED ? from : null;
  ticket.phaseEnteredAt = new Date();
  ticket.transitionCount += 1;
  const saved = await manager.save(ticket);
  const transition = manager.create(IdiomaticHistory, {
    ticketId: saved.id,
    sequence: saved.transitionCount,
    id: randomUUID(),
    fromPhase: from,
    toPhase: to_phase,
    transitionReason: reason ?? null,
    transitionedBy: transitioned_by ?? 'system',
    graphId: saved.graphId,
    version: saved.version,
    createdAt: saved.phaseEnteredAt,
  });
  await manager.save(transition);
  await manager.query(
    `INSERT INTO ticket_events (ticket_id, version, type, actor, at, sequence) VALUES ($1, $2, 'moved', $3, $4, $5)`,
    [saved.id, saved.version, transition.transitionedBy, transition.createdAt, transition.sequence],
  );
  return { ...saved, transition };
}
