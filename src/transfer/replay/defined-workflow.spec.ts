import { describeDefined, definedWorkflowOf } from './defined-workflow';

const BODY = { key: 'chores', version: 3, project: null, warnings: [{}, {}] };

describe('definedWorkflowOf', () => {
  it('takes 201 for a new version, and 200 for one that was there', () => {
    const stored = { key: 'chores', version: 3, project: null, warnings: 2 };
    expect(definedWorkflowOf({ status: 201, body: BODY }, 'w.json')).toEqual({ ...stored, isNew: true });
    expect(definedWorkflowOf({ status: 200, body: BODY }, 'w.json')).toEqual({ ...stored, isNew: false });
  });

  it('reports every finding of an invalid workflow', () => {
    const finding = (severity: string, code: string, pointer: string, message: string) => ({
      severity,
      code,
      pointer,
      message,
    });
    const findings = [
      finding('error', 'unknown_phase', '/initial/0', 'Phase "x" is not among the phases.'),
      finding('warning', 'dead_end', '/phases/10', '"y" is not done, and no transition leads out of it.'),
    ];
    const body = { code: 'workflow_invalid', detail: 'one of them', findings };
    expect(() => definedWorkflowOf({ status: 400, body }, 'w.json')).toThrow(
      [
        'the server refused the workflow w.json: workflow_invalid',
        '  error    unknown_phase  /initial/0  Phase "x" is not among the phases.',
        '  warning  dead_end       /phases/10  "y" is not done, and no transition leads out of it.',
      ].join('\n'),
    );
  });

  it('reports every invalid field', () => {
    const errors = [
      { in: 'body', pointer: '/key', detail: 'is required' },
      { in: 'body', pointer: '/phases/0/category', detail: 'must be one of todo, done' },
    ];
    const body = { code: 'validation_failed', detail: 'one of them', errors };
    expect(() => definedWorkflowOf({ status: 400, body }, 'w.json')).toThrow(
      [
        'the server refused the workflow w.json: validation_failed',
        '  /key                is required',
        '  /phases/0/category  must be one of todo, done',
      ].join('\n'),
    );
  });

  it.each([
    [403, { code: 'forbidden', detail: 'It takes an admin.' }, 'forbidden, It takes an admin.'],
    [413, { code: 'payload_too_large' }, 'payload_too_large'],
    [502, undefined, 'status 502'],
    [201, { key: 'chores' }, 'status 201'],
    [200, { ...BODY, version: '3' }, 'status 200'],
  ])('reports other responses: %i %j', (status, body, said) => {
    expect(() => definedWorkflowOf({ status, body }, 'w.json')).toThrow(
      `the server refused the workflow w.json: ${said}`,
    );
  });
});

describe('describeDefined', () => {
  const stored = { key: 'chores', version: 3, project: null };

  it.each([
    [{ isNew: true, warnings: 0 }, 'workflow chores: stored as version 3'],
    [{ isNew: true, warnings: 1 }, 'workflow chores: stored as version 3, with 1 warning'],
    [{ isNew: false, warnings: 2 }, 'workflow chores: is version 3 already, with 2 warnings'],
  ])('%j', (rest, text) => {
    expect(describeDefined({ ...stored, ...rest })).toBe(text);
  });
});
