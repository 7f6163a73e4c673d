import type { Ticket } from '../../tickets/ticket.entity';
import { migrateTicket } from './migrated-ticket';

const NOW = new Date('2026-11-20T12:00:00.000Z');
const EARLIER = new Date('2026-11-20T11:00:00.000Z');
const LATER = new Date('2026-11-20T13:00:00.000Z');

const TICKET: Ticket = {
  id: '0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55',
  projectId: '00000000-0000-7000-8000-000000000001',
  graphId: 3,
  title: 'x',
  description: null,
  priority: 'MEDIUM',
  initialPhaseId: 'open',
  phaseId: 'paused',
  previousPhaseId: 'doing',
  resumePhaseId: 'doing',
  phaseEnteredAt: EARLIER,
  transitionCount: 2,
  version: 5,
  externalSource: null,
  externalId: null,
  createdAt: EARLIER,
  updatedAt: EARLIER,
  archivedAt: null,
};

describe('migrateTicket', () => {
  it('moves a ticket whose phase is mapped to another one', () => {
    const { ticket, at, rowId } = migrateTicket(TICKET, 4, { phase: 'on hold', resumePhase: 'building' }, NOW);
    expect([at, rowId]).toEqual([NOW, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(ticket).toEqual({
      ...TICKET,
      graphId: 4,
      phaseId: 'on hold',
      previousPhaseId: 'paused',
      resumePhaseId: 'building',
      phaseEnteredAt: NOW,
      transitionCount: 3,
      version: 6,
      updatedAt: NOW,
    });
  });

  it('changes a ticket that keeps its phase without moving it', () => {
    const { ticket, at, rowId } = migrateTicket(TICKET, 4, { phase: 'paused', resumePhase: 'building' }, NOW);
    expect([at, rowId]).toEqual([NOW, null]);
    expect(ticket).toEqual({ ...TICKET, graphId: 4, resumePhaseId: 'building', version: 6, updatedAt: NOW });
  });

  it('never decreases a time of the ticket when the clock goes back', () => {
    const ahead = { ...TICKET, phaseEnteredAt: LATER, updatedAt: LATER };
    expect(migrateTicket(ahead, 4, { phase: 'paused', resumePhase: null }, NOW)).toMatchObject({
      at: LATER,
      ticket: { updatedAt: LATER, phaseEnteredAt: LATER },
    });
    expect(migrateTicket(ahead, 4, { phase: 'open', resumePhase: null }, NOW)).toMatchObject({
      at: LATER,
      ticket: { updatedAt: LATER, phaseEnteredAt: LATER },
    });
    const edited = { ...TICKET, updatedAt: LATER };
    expect(migrateTicket(edited, 4, { phase: 'open', resumePhase: null }, NOW)).toMatchObject({
      at: NOW,
      ticket: { updatedAt: LATER, phaseEnteredAt: NOW },
    });
  });
});
