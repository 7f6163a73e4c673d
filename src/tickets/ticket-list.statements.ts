import type { QueryConfig } from 'pg';
import type { EntityMetadata } from 'typeorm';
import { withinBytes } from '../database/keyset-page';
import type { ArchivedFilter, SortOrder } from './ticket.dto';
import type { Priority } from './ticket.entity';

export interface TicketFilter {
  projectId?: string;
  /** The versions of a workflow. */
  graphIds?: readonly number[];
  phase?: string;
  priority?: Priority;
  archived: ArchivedFilter;
}

/** The part of a list to read. */
export interface ListRange {
  readonly sort: SortOrder;
  /** The sort key of the ticket that the page begins behind; undefined for the first page. */
  readonly after?: { readonly at: Date; readonly id: string };
  readonly rows: number;
  /** The bytes of titles and descriptions after which the page ends. */
  readonly bytes: number;
}

const ARCHIVED: Readonly<Record<ArchivedFilter, string | undefined>> = {
  false: 'archived_at IS NULL',
  true: 'archived_at IS NOT NULL',
  all: undefined,
};

/** Builds the query of a page of tickets. Tickets of equal time are in the order of their ids. */
export function selectTickets(
  { columns }: EntityMetadata,
  { projectId, graphIds, phase, priority, archived }: TicketFilter,
  { sort, after, rows, bytes }: ListRange,
): QueryConfig {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const column = sort.endsWith('created_at') ? 'created_at' : 'updated_at';
  const [direction, beyond] = sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
  const conditions = [
    projectId === undefined ? undefined : `project_id = ${parameter(projectId)}`,
    graphIds === undefined ? undefined : `graph_id = ANY (${parameter(graphIds)}::integer[])`,
    phase === undefined ? undefined : `phase_id = ${parameter(phase)}`,
    priority === undefined ? undefined : `priority = ${parameter(priority)}`,
    ARCHIVED[archived],
    after === undefined ? undefined : `(${column}, id) ${beyond} (${parameter(after.at)}, ${parameter(after.id)})`,
  ].filter((condition) => condition !== undefined);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const text = `
    SELECT ${columns.map(({ databaseName, propertyName }) => `${databaseName} AS "${propertyName}"`).join(', ')}
      FROM tickets ${where} ORDER BY ${column} ${direction}, id ${direction} LIMIT ${parameter(rows)}`;
  const order = `"${propertyOf[column]}" ${direction}, id ${direction}`;
  const size = 'octet_length(title) + coalesce(octet_length(description), 0)';
  return { text: withinBytes({ rows: text, order, size, bytes }), values };
}

const propertyOf = { created_at: 'createdAt', updated_at: 'updatedAt' } as const;
