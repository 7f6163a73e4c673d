import type { TransitionedTicketDto } from '../src/phases/phase.dto';
import type { TicketDto } from '../src/tickets/ticket.dto';
import type { TestApp } from './app';

/** Creates a ticket over the API. */
export async function createTicket(app: TestApp, body: Record<string, unknown> = { title: 'x' }): Promise<TicketDto> {
  return (await app.api.post('/api/v1/tickets').send(body).expect(201)).body;
}

/** Moves a ticket along a path and returns the last response. */
export async function moveAlong(app: TestApp, id: string, ...phases: string[]): Promise<TransitionedTicketDto> {
  let last: TransitionedTicketDto | undefined;
  for (const to_phase of phases) {
    last = (await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase }).expect(200)).body;
  }
  return last!;
}
