import { formatTable, type Row } from '../../terminal/table';
import type { HttpReply } from './http-connection';
import { isObject } from '../json-file';
import { TransferError } from '../transfer-error';

/** A version of a workflow as the server has it, as far as a replay needs to know. */
export interface DefinedWorkflow {
  readonly key: string;
  readonly version: number;
  /** The only project whose tickets may use it; null: all may. */
  readonly project: string | null;
  /** False: the server had this version already. */
  readonly isNew: boolean;
  /** How many things about it may be meant otherwise. */
  readonly warnings: number;
}

/**
 * Reads what the server said to a definition.
 *
 * @param name what to call the definition in an error
 * @throws TransferError with everything that the server finds wrong
 */
export function definedWorkflowOf(answer: HttpReply, name: string): DefinedWorkflow {
  const { status } = answer;
  const body = isObject(answer.body) ? answer.body : {};
  const { key, version, project = null, warnings } = body;
  if ((status === 200 || status === 201) && typeof key === 'string' && typeof version === 'number') {
    return {
      key,
      version,
      project: project as string | null,
      isNew: status === 201,
      warnings: listOf(warnings).length,
    };
  }
  throw new TransferError(`the server refused the workflow ${name}: ${reasonsOf(status, body)}`);
}

/** For people, in a line. */
export function describeDefined({ key, version, isNew, warnings }: DefinedWorkflow): string {
  const what = isNew ? `stored as version ${version}` : `is version ${version} already`;
  const warned = warnings === 0 ? '' : `, with ${warnings} warning${warnings === 1 ? '' : 's'}`;
  return `workflow ${key}: ${what}${warned}`;
}

function reasonsOf(status: number, { code, detail, findings, errors }: Record<string, unknown>): string {
  const name = typeof code === 'string' ? code : `status ${status}`;
  const rows = [
    ...listOf(findings).map((finding) => rowOf(finding, 'severity', 'code', 'pointer', 'message')),
    ...listOf(errors).map((error) => rowOf(error, 'pointer', 'detail')),
  ];
  if (rows.length > 0) return `${name}\n${formatTable(rows)}`;
  return typeof detail === 'string' ? `${name}, ${detail}` : name;
}

function rowOf(entry: Record<string, unknown>, ...members: string[]): Row {
  return members.map((member) => String(entry[member] ?? ''));
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
