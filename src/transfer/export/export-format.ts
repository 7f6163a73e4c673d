/** What the first line of an export says that it is. */
export const EXPORT_TYPE = 'phaseline_export';

/** Grows with every change of the format that an importer has to know of. docs/export-format.md tells it. */
export const EXPORT_VERSION = 1;

/** How many lines there are of each kind; the last line says so. */
export interface ExportCounts {
  projects: number;
  workflows: number;
  graphs: number;
  tickets: number;
  moves: number;
  events: number;
}

/** What an export was asked for. Null: everything. */
export interface ExportFilters {
  /** The key of the only project whose tickets are wanted. */
  readonly project: string | null;
  /** The key of the only workflow whose tickets are wanted. */
  readonly workflow: string | null;
  /** Only tickets that have changed since, with all of their past; RFC 3339 in UTC, to the millisecond. */
  readonly since: string | null;
}

export const EVERYTHING: ExportFilters = { project: null, workflow: null, since: null };

/** The same filters give the same line: nothing in it differs from run to run. */
export function headerLine({ project, workflow, since }: ExportFilters): string {
  return JSON.stringify({ type: EXPORT_TYPE, version: EXPORT_VERSION, project, workflow, since });
}

/** Tells a reader that the file is whole. */
export function endLine({ projects, workflows, graphs, tickets, moves, events }: ExportCounts): string {
  return JSON.stringify({ type: 'end', projects, workflows, graphs, tickets, moves, events });
}
