import type { CompiledWorkflow } from '../machine/compiled-workflow';
import { validationFailed } from '../problems/validation';

/**
 * Where a new ticket begins: in the phase that is asked for, or else in the first initial one.
 *
 * @throws DomainError `validation_failed` unless it is an initial phase
 */
export function firstPhase({ initial }: CompiledWorkflow, asked?: string): string {
  const [first] = initial;
  if (asked === undefined) return first!;
  if (initial.has(asked)) return asked;
  const detail = `must be one of ${[...initial].join(', ')}; got ${JSON.stringify(asked)}`;
  throw validationFailed([{ in: 'body', pointer: '/phase_id', detail }]);
}
