import type { BodyPipe } from '../../http/validation/request-pipes';
import { lintWorkflow } from '../../machine/lint';
import { hasErrors, type LintFinding } from '../../machine/lint-finding';
import type { WorkflowDefinition } from '../../machine/workflow';
import { DomainError } from '../../problems/domain-error';
import type { FieldError } from '../../problems/validation';
import type { WorkflowDefinitionDto } from '../../workflows/workflow-definition.dto';
import { readJsonObject } from '../json-file';
import { TransferError } from '../transfer-error';

/** A sound definition out of a file. */
export interface WorkflowFile {
  readonly definition: WorkflowDefinition;
  /** The key of the only project whose tickets may use it; undefined: all may. */
  readonly project: string | undefined;
  readonly warnings: readonly LintFinding[];
}

/** @throws TransferError with everything that is wrong with it, when it is no definition, or one with errors */
export async function readWorkflowFile(path: string): Promise<WorkflowFile> {
  return checkWorkflow(await readJsonObject(path, 'the workflow'), path);
}

/**
 * Takes what the API takes as a definition.
 *
 * @param name what it is called when something is wrong with it
 * @throws TransferError with everything that is wrong with it
 */
export async function checkWorkflow(content: unknown, name: string): Promise<WorkflowFile> {
  // Loaded when there is a definition to check: they take as long to load as all the rest of the program.
  const { BodyPipe } = await import('../../http/validation/request-pipes.js');
  const { toDefinition, WorkflowDefinitionDto } = await import('../../workflows/workflow-definition.dto.js');
  const dto = checkShape(new BodyPipe(WorkflowDefinitionDto), content, name);
  const definition = toDefinition(dto);
  const findings = lintWorkflow(definition);
  if (hasErrors(findings)) {
    const lines = findings.map(
      ({ severity, code, pointer, message }) => `${severity} ${code} at ${pointer}: ${message}`,
    );
    throw new TransferError(`${name} is no sound workflow:\n  ${lines.join('\n  ')}`);
  }
  return { definition, project: dto.project, warnings: findings };
}

/** What the API takes, and no more. */
function checkShape(pipe: BodyPipe<WorkflowDefinitionDto>, content: unknown, name: string): WorkflowDefinitionDto {
  try {
    return pipe.transform(content);
  } catch (cause) {
    if (!(cause instanceof DomainError)) throw cause;
    const errors = cause.facts['errors'] as readonly FieldError[];
    const lines = errors.map(({ pointer, detail }) => `${pointer || '/'} ${detail}`);
    throw new TransferError(`${name} is no workflow:\n  ${lines.join('\n  ')}`, { cause });
  }
}
