import fc from 'fast-check';
import { soundDraft } from '../../prove/model/drafts';
import { completed, SDLC } from '../../prove/model/workflow';
import { lintWorkflow } from '../../src/machine/lint';
import { hasErrors } from '../../src/machine/lint-finding';
import { SDLC as BUILT_IN } from '../../src/machine/sdlc';
import { completeWorkflow } from '../../src/machine/workflow';

describe('The generated workflows of the model', () => {
  it('contain no lint error', () => {
    fc.assert(
      fc.property(soundDraft, (draft) => {
        expect(hasErrors(lintWorkflow(draft))).toBe(false);
      }),
    );
  });

  it('are completed as the application completes them', () => {
    fc.assert(
      fc.property(soundDraft, (draft) => {
        const { version: _, ...workflow } = completed('any', 1, draft);
        expect(workflow).toEqual(completeWorkflow({ key: 'any', ...draft }));
      }),
    );
  });

  it('include the built-in workflow as the application defines it', () => {
    const { version: _, ...workflow } = SDLC;
    expect({ ...workflow, transitions: sorted(workflow.transitions) }).toEqual({
      ...BUILT_IN,
      transitions: sorted(BUILT_IN.transitions),
    });
  });
});

function sorted(transitions: readonly object[]): string[] {
  return transitions.map((transition) => JSON.stringify(transition)).sort();
}
