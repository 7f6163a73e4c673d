import type { BodyPipe } from '../../http/validation/request-pipes';
import { lintWorkflow } from '../../machine/lint';
import { hasErrors, type LintFinding } from '../../machine/lint-finding';
import type { WorkflowDefinition } from '../../machine/workflow';
import { DomainError } from '../../problems/domain-error';
import type { FieldError } from '../../problems/validation';
import type { WorkflowDefinitionDto } from '../../workflows/workflow-definition.dto';
import { readJsonObject } from '../json-file';
import { TransferError } from '../transfer-error';

/** A valid definition from a file. */
export interface WorkflowFile {
  readonly definition: WorkflowDefinition;
  /** The key of the project that owns the workflow; undefined when all projects may use it. */
  readonly project: string | undefined;
  readonly warnings: readonly LintFinding[];
}

/**
 * Reads a definition from a file.
 *
 * @throws TransferError with every problem when the definition is invalid
 */
export async function readWorkflowFile(path: string): Promise<WorkflowFile> {
  return checkWorkflow(await readJsonObject(path, 'the workflow'), path);
}

/**
 * Validates a definition as the API does.
 *
 * @param name the name of the definition in an error
 * @throws TransferError with every problem
 */
export async function checkWorkflow(content: unknown, name: string): Promise<WorkflowFile> {
  // Imported on demand: these modules take as long to load as the rest of the program.
  const { BodyPipe } = await import('../../http/validation/request-pipes.js');
  const { toDefinition, WorkflowDefinitionDto } = await import('../../workflows/workflow-definition.dto.js');
  const dto = checkShape(new BodyPipe(WorkflowDefinitionDto), content, name);
  const definition = toDefinition(dto);
  const findings = lintWorkflow(definition);
  if (hasErrors(findings)) {
    const lines = findings.map(
      ({ severity, code, pointer, message }) => `${severity} ${code} at ${pointer}: ${message}`,
    );
    throw new TransferError(`${name} is not a valid workflow:\n  ${lines.join('\n  ')}`);
  }
  return { definition, project: dto.project, warnings: findings };
}

/** Validates the shape of a definition. */
function checkShape(pipe: BodyPipe<WorkflowDefinitionDto>, content: unknown, name: string): WorkflowDefinitionDto {
  try {
    return pipe.transform(content);
  } catch (cause) {
    if (!(cause instanceof DomainError)) throw cause;
    const errors = cause.facts['errors'] as readonly FieldError[];
    const lines = errors.map(({ pointer, detail }) => `${pointer || '/'} ${detail}`);
    throw new TransferError(`${name} is not a valid workflow:\n  ${lines.join('\n  ')}`, { cause });
  }
}
