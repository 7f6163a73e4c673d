import { Registry } from 'prom-client';
import { DomainError } from '../../problems/domain-error';
import type { CommittedTransition, TransitionRequest } from '../transition';
import { TransitionMetrics } from './transition-metrics';

/** A committed transition, as far as the metrics read it. */
const committed = (fromPhase: string, toPhase: string) =>
  ({ transition: { fromPhase, toPhase } }) as unknown as CommittedTransition;

describe('TransitionMetrics', () => {
  let registry: Registry;
  let metrics: TransitionMetrics;
  beforeEach(() => {
    registry = new Registry();
    metrics = new TransitionMetrics(registry);
  });

  async function series(): Promise<Map<string, number>> {
    const { values } = (await registry.getSingleMetric('phaseline_moves_total')?.get()) ?? { values: [] };
    return new Map(
      values.map(({ labels, value }) => [`${labels['from']} ${labels['to']} ${labels['verdict']}`, value]),
    );
  }

  it('has a bounded number of series, whatever phases callers define', async () => {
    for (let i = 0; i < 40_000; i++) metrics.countCommitted(committed(`phase ${i % 200}`, `phase ${i}`));
    const counted = await series();
    expect(counted.size).toBe(501);
    expect(counted.get('other other ok')).toBe(39_500);
    expect(counted.get('phase 7 phase 7 ok')).toBe(1);
  });

  it('keeps the series of the built-in workflow when all others are taken', async () => {
    for (let i = 0; i < 1_000; i++) metrics.countCommitted(committed('open', `phase ${i}`));
    metrics.countCommitted(committed('BACKLOG', 'REQUIREMENTS'));
    const request = { toPhase: 'DESIGN' } as TransitionRequest;
    metrics.countRejected(new DomainError('ticket_not_found', 'There is no such ticket.'), request);
    const counted = await series();
    expect([counted.get('BACKLOG REQUIREMENTS ok'), counted.get('unknown DESIGN ticket_not_found')]).toEqual([1, 1]);
  });
});
