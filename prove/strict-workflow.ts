import { shown } from './http-client';
import { SDLC } from './model/workflow';
import type { Arena } from './target';

/** The phases and moves of the built-in workflow under another name, where every move needs a reason. */
const STRICT = {
  key: 'strict',
  title: 'Nothing without a reason',
  initial: SDLC.initial,
  phases: SDLC.phases,
  transitions: SDLC.transitions.map(({ from, to }) => ({ from, to, requires: ['reason'] })),
  resume: SDLC.resume,
};

/** Workflows that tickets under attack may be of, once the strict one is defined. */
export const WORKFLOWS = [SDLC.key, STRICT.key] as const;

/** Defines the strict workflow, or under another title its next version. */
export async function defineStrictWorkflow(
  { client, origins }: Pick<Arena, 'client' | 'origins'>,
  title = STRICT.title,
): Promise<void> {
  const body = { ...STRICT, title };
  const answer = await client.send(origins[0]!, { method: 'POST', path: '/api/v1/workflows', body });
  if (answer.status !== 201) throw new Error(`A workflow could not be defined: ${shown(answer)}`);
}
