import { formatTable, type Row } from '../../terminal/table';
import type { HttpResponse } from './http-connection';
import { isObject } from '../json-file';
import { TransferError } from '../transfer-error';

/** A workflow version on the server. */
export interface DefinedWorkflow {
  readonly key: string;
  readonly version: number;
  /** The project that owns the workflow; null when all projects may use it. */
  readonly project: string | null;
  /** False when the server already had this version. */
  readonly isNew: boolean;
  /** The number of lint warnings. */
  readonly warnings: number;
}

/**
 * Parses the response to a posted definition.
 *
 * @param name the name of the definition in an error
 * @throws TransferError with every problem that the server reports
 */
export function definedWorkflowOf(response: HttpResponse, name: string): DefinedWorkflow {
  const { status } = response;
  const body = isObject(response.body) ? response.body : {};
  const { key, version, project = null, warnings } = body;
  if ((status === 200 || status === 201) && typeof key === 'string' && typeof version === 'number') {
    return {
      key,
      version,
      project: project as string | null,
      isNew: status === 201,
      warnings: objectsIn(warnings).length,
    };
  }
  throw new TransferError(`the server refused the workflow ${name}: ${reasonsOf(status, body)}`);
}

/** Describes the workflow in one line. */
export function describeDefined({ key, version, isNew, warnings }: DefinedWorkflow): string {
  const what = isNew ? `stored as version ${version}` : `is version ${version} already`;
  const warned = warnings === 0 ? '' : `, with ${warnings} warning${warnings === 1 ? '' : 's'}`;
  return `workflow ${key}: ${what}${warned}`;
}

function reasonsOf(status: number, { code, detail, findings, errors }: Record<string, unknown>): string {
  const name = typeof code === 'string' ? code : `status ${status}`;
  const rows = [
    ...objectsIn(findings).map((finding) => rowOf(finding, 'severity', 'code', 'pointer', 'message')),
    ...objectsIn(errors).map((error) => rowOf(error, 'pointer', 'detail')),
  ];
  if (rows.length > 0) return `${name}\n${formatTable(rows)}`;
  return typeof detail === 'string' ? `${name}, ${detail}` : name;
}

function rowOf(entry: Record<string, unknown>, ...members: string[]): Row {
  return members.map((member) => String(entry[member] ?? ''));
}

function objectsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
