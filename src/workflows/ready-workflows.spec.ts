import { SDLC_GRAPH } from '../machine/sdlc';
import { ReadyWorkflows, type ReadyWorkflow } from './ready-workflows';

const workflow = (graphId: number, bytes = 10): ReadyWorkflow => ({
  graphId,
  key: 'any',
  version: graphId,
  graph: SDLC_GRAPH,
  bytes,
});

const kept = (workflows: ReadyWorkflows): number[] => Array.from(workflows.values(), ({ graphId }) => graphId);

describe('ReadyWorkflows', () => {
  it('drops the oldest versions when it is full', () => {
    const ready = new ReadyWorkflows(20);
    for (const id of [2, 3, 4]) ready.keep([workflow(id)], []);
    expect(kept(ready)).toEqual([3, 4]);
    expect([ready.has(2), ready.get(2), ready.get(4)?.graphId]).toEqual([false, undefined, 4]);
  });

  it('drops as many versions as a large one needs', () => {
    const ready = new ReadyWorkflows(100);
    for (const id of [2, 3, 4, 5]) ready.keep([workflow(id, 25)], []);
    ready.keep([workflow(6, 60)], []);
    expect(kept(ready)).toEqual([5, 6]);
    ready.keep([workflow(7, 15)], []);
    expect(kept(ready)).toEqual([5, 6, 7]);
  });

  it('does not drop versions that are needed together with new ones', () => {
    const ready = new ReadyWorkflows(30);
    for (const id of [2, 3, 4]) ready.keep([workflow(id)], []);
    ready.keep([workflow(5), workflow(6)], [2, 5, 6]);
    expect(kept(ready)).toEqual([2, 5, 6]);
  });

  it('keeps needed versions that exceed its capacity until they are not needed any more', () => {
    const ready = new ReadyWorkflows(10);
    ready.keep([workflow(2), workflow(3)], [2, 3]);
    expect(kept(ready)).toEqual([2, 3]);
    ready.keep([workflow(4)], [4]);
    expect(kept(ready)).toEqual([4]);
  });

  it('counts a version once that is added twice', () => {
    const ready = new ReadyWorkflows(30);
    for (let i = 0; i < 5; i++) ready.keep([workflow(2)], [2]);
    ready.keep([workflow(3), workflow(4)], []);
    expect(kept(ready)).toEqual([2, 3, 4]);
  });

  it('ignores needed versions that it does not have', () => {
    const ready = new ReadyWorkflows(20);
    ready.keep([workflow(2)], [9]);
    expect(kept(ready)).toEqual([2]);
  });
});
