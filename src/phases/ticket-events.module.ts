import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessModule } from '../access/access.module';
import { StaleTicketExplainer } from '../tickets/precondition';
import { TicketEvent } from '../tickets/ticket-event.entity';
import { TicketEventService } from './ticket-event.service';

/** Global, because services of tickets, which are below this layer, explain their rejections by it. */
@Global()
@Module({
  imports: [AccessModule, TypeOrmModule.forFeature([TicketEvent])],
  providers: [TicketEventService, { provide: StaleTicketExplainer, useExisting: TicketEventService }],
  exports: [TicketEventService, StaleTicketExplainer],
})
export class TicketEventsModule {}
