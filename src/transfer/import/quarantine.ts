import type { Fault } from './fault';
import type { QuarantineFile } from './quarantine-file';
import { quarantineLines } from './quarantine-lines';
import { NOBODYS, type AnyRow, type TicketRows } from './row';
import type { Tally } from './tally';

/** Faults that are told one by one; the file has them all. */
const TOLD = 20;

/** Takes rows that are not imported: writes them down, counts them, and tells of the first. */
export class Quarantine {
  private told = 0;

  constructor(
    private readonly file: QuarantineFile,
    private readonly tally: Tally,
    private readonly tell: (message: string) => void,
  ) {}

  /** @param faults at least one, by line */
  async put({ ticket, rows, excess }: TicketRows<AnyRow>, faults: readonly Fault[]): Promise<void> {
    const lines = quarantineLines(ticket, rows, faults);
    const codes = lines.map(({ code }) => code);
    this.tally.countQuarantined(codes, ticket !== NOBODYS && excess !== 'more');
    for (const fault of faults) this.tellOf(fault);
    await this.file.write(lines);
  }

  private tellOf({ line, code, reason }: Fault): void {
    this.told++;
    if (this.told <= TOLD) this.tell(`line ${line}: ${code}: ${reason}`);
    if (this.told === TOLD + 1) this.tell('… and more');
  }
}
