/** The `type` of the first line of an export. */
export const EXPORT_TYPE = 'phaseline_export';

/**
 * The version of the export format, incremented with every change that an importer must handle. See
 * docs/export-format.md.
 */
export const EXPORT_VERSION = 1;

/** The number of lines of each kind, as in the last line of an export. */
export interface ExportCounts {
  projects: number;
  workflows: number;
  graphs: number;
  tickets: number;
  moves: number;
  events: number;
}

/** The filters of an export. Null means no filter. */
export interface ExportFilters {
  /** The key of the project whose tickets are exported. */
  readonly project: string | null;
  /** The key of the workflow whose tickets are exported. */
  readonly workflow: string | null;
  /** Exports only tickets changed since this time, with their whole history. RFC 3339 in UTC, to the millisecond. */
  readonly since: string | null;
}

export const EVERYTHING: ExportFilters = { project: null, workflow: null, since: null };

/** Formats the first line. It depends on the filters only. */
export function headerLine({ project, workflow, since }: ExportFilters): string {
  return JSON.stringify({ type: EXPORT_TYPE, version: EXPORT_VERSION, project, workflow, since });
}

/** Formats the last line, which marks the file as complete. */
export function endLine({ projects, workflows, graphs, tickets, moves, events }: ExportCounts): string {
  return JSON.stringify({ type: 'end', projects, workflows, graphs, tickets, moves, events });
}
