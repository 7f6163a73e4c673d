import { ONE, storedVersion } from '../verify/graphs';
import { soundRecordUnder } from '../verify/sound-record';
import { auditTicket } from '../../src/audit/audit';
import { WorkflowVersions } from '../../src/audit/workflow-versions';
import { BlockerDto } from '../../src/http/openapi/problem.dto';
import { compileWorkflow } from '../../src/machine/compiled-workflow';
import type { RequirementGuard } from '../../src/machine/guards';
import { judge, metRequirements, transitionOptions, unmetNouns } from '../../src/machine/judge';
import { lintWorkflow } from '../../src/machine/lint';
import { completeWorkflow, type WorkflowDefinition } from '../../src/machine/workflow';
import { toMermaid } from '../../src/workflows/diagram/mermaid';
import { HISTORY } from '../../src/verify/stored-rows';
import { WORKFLOW_SCHEMA } from '../../src/workflows/workflow.schema';

/** Lists a guard that exists in this test only. */
jest.mock('../../src/machine/guards', () => {
  const actual = jest.requireActual<typeof import('../../src/machine/guards')>('../../src/machine/guards');
  const signature: RequirementGuard = {
    name: 'signature',
    description: 'an entry `signature` in `artifacts`',
    noun: 'a signature',
    remedy: 'Send `artifacts.signature`.',
    code: 'signature_required',
    findingCode: 'requirement_missing',
    historySql: `coalesce(artifacts ? 'signature', false)`,
    isMet: ({ artifacts }) => typeof artifacts === 'object' && artifacts !== null && 'signature' in artifacts,
    lint: ({ from, to }) => ({ code: 'dead_end', message: `No signature can be made between ${from} and ${to}.` }),
  };
  return { ...actual, REQUIREMENT_GUARDS: [...actual.REQUIREMENT_GUARDS, signature] };
});

const CONTRACTS = {
  key: 'contracts',
  title: 'Contracts',
  initial: ['draft'],
  phases: [
    { id: 'draft', category: 'active' },
    { id: 'signed', category: 'done' },
  ],
  transitions: [{ from: 'draft', to: 'signed', requires: ['reason', 'signature'] }],
} as unknown as WorkflowDefinition;

const BLOCKER = {
  code: 'signature_required',
  message: 'This transition requires a signature. Send `artifacts.signature`.',
};

describe('A guard that is listed in the registry', () => {
  const workflow = compileWorkflow(CONTRACTS);
  const draft = { phase: 'draft', resumePhase: null, archived: false };

  it('is checked by the judge', () => {
    const unsigned = metRequirements({ reason: 'Agreed', artifacts: { page: 1 } });
    const signed = metRequirements({ reason: 'Agreed', artifacts: { signature: 'x' } });
    expect(judge(workflow, draft, 'signed', unsigned)).toEqual({
      allowed: false,
      code: 'guard_failed',
      blockers: [BLOCKER],
    });
    expect(judge(workflow, draft, 'signed', signed)).toEqual({ allowed: true, resumePhase: null });
  });

  it('blocks valid transitions', () => {
    const [option] = transitionOptions(workflow, draft);
    expect(option).toEqual({ to: 'signed', blockers: [expect.objectContaining({ code: 'reason_required' }), BLOCKER] });
    expect(unmetNouns(option!.blockers)).toBe('a reason and a signature');
  });

  it('reports its own lint findings', () => {
    expect(lintWorkflow(CONTRACTS)).toEqual([
      {
        severity: 'warning',
        code: 'dead_end',
        pointer: '/transitions/0/requires/1',
        message: 'No signature can be made between draft and signed.',
      },
    ]);
  });

  it('is audited in stored tickets', () => {
    const versions = new WorkflowVersions([storedVersion(ONE, CONTRACTS)]);
    const met = (artifacts: unknown) => metRequirements({ reason: 'Agreed', artifacts });
    const record = (artifacts: unknown) =>
      soundRecordUnder(versions, ONE, 'draft', { to: 'signed', met: met(artifacts) });
    expect(versions.edgesOnly).toEqual([]);
    expect(auditTicket(record({ signature: 'x' }), versions)).toEqual([]);
    expect(auditTicket(record({ page: 1 }), versions)).toMatchObject([
      { code: 'requirement_missing', detail: `History row 1 breaks a rule of its workflow: ${BLOCKER.message}` },
    ]);
  });

  it('is read from the history by verify', () => {
    expect(HISTORY.text).toContain(`coalesce(artifacts ? 'signature', false)`);
    const row = HISTORY.toRow(['id', 1, 'draft', 'signed', 'transition', 1, 2, 0, false, false, true]);
    expect(row.met).toEqual({ reason: false, artifacts: false, signature: true });
  });

  it('is part of the schema of definitions, of OpenAPI and of diagrams', () => {
    const schema = JSON.stringify(WORKFLOW_SCHEMA);
    expect(schema).toContain('"signature"');
    expect(schema).toContain('`signature`: an entry `signature` in `artifacts`.');
    expect(Reflect.getMetadata('swagger/apiModelProperties', BlockerDto.prototype, 'code')).toMatchObject({
      enum: expect.arrayContaining(['signature_required']),
    });
    expect(toMermaid(completeWorkflow(CONTRACTS))).toContain('signature');
  });
});
