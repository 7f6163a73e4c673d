import { SDLC_GRAPH } from '../machine/sdlc';
import { ReadyWorkflows, type ReadyWorkflow } from './ready-workflows';

const workflow = (graphId: number): ReadyWorkflow => ({ graphId, key: 'any', version: graphId, graph: SDLC_GRAPH });

const kept = (workflows: ReadyWorkflows): number[] => Array.from(workflows.values(), ({ graphId }) => graphId);

describe('ReadyWorkflows', () => {
  it('drops the oldest versions when it is full', () => {
    const ready = new ReadyWorkflows(2);
    for (const id of [2, 3, 4]) ready.keep([workflow(id)], []);
    expect(kept(ready)).toEqual([3, 4]);
    expect([ready.has(2), ready.get(2), ready.get(4)?.graphId]).toEqual([false, undefined, 4]);
  });

  it('does not drop versions that are needed together with new ones', () => {
    const ready = new ReadyWorkflows(3);
    for (const id of [2, 3, 4]) ready.keep([workflow(id)], []);
    ready.keep([workflow(5), workflow(6)], [2, 5, 6]);
    expect(kept(ready)).toEqual([2, 5, 6]);
  });

  it('ignores needed versions that it does not have', () => {
    const ready = new ReadyWorkflows(2);
    ready.keep([workflow(2)], [9]);
    expect(kept(ready)).toEqual([2]);
  });
});
