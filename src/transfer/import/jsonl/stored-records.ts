import { eventLines, moveLines, ticketLines } from '../../export/line-queries';
import type { Selection } from '../../export/selection';
import type { Session } from '../session';
import type { LineOf } from './export-line';

/** A stored ticket, in the lines in which it would be exported. */
export interface StoredRecord {
  readonly ticket: string;
  readonly moves: readonly string[];
  readonly events: readonly string[];
}

/** The stored state of a batch of tickets. */
export interface StoredRecords {
  /** By ticket id. */
  readonly records: ReadonlyMap<string, StoredRecord>;
  /** The ticket ids of existing external ids. */
  readonly owners: ReadonlyMap<string, string>;
}

/** Serializes an external id with its project and source; undefined when the ticket has none. */
export function externalName({
  project,
  external_source,
  external_id,
}: Pick<LineOf<'ticket'>, 'project' | 'external_source' | 'external_id'>): string | undefined {
  return external_id === null ? undefined : JSON.stringify([project, external_source, external_id]);
}

/** One lookup per row: a plan made while the table is empty must not scan it for every later row. */
const FIND_EXTERNAL = `
  SELECT project, source, external_id,
         (SELECT id FROM tickets
            WHERE project_id = (SELECT id FROM projects WHERE key = sought.project)
              AND external_source = sought.source AND tickets.external_id = sought.external_id) AS id
    FROM unnest($1::varchar[], $2::varchar[], $3::varchar[]) AS sought (project, source, external_id)`;

/** Reads stored tickets. */
export class RecordLookup {
  constructor(private readonly session: Session) {}

  async find(tickets: readonly LineOf<'ticket'>[]): Promise<StoredRecords> {
    const records = await this.findRecords(tickets.map(({ id }) => id));
    return { records, owners: await this.findOwners(tickets.filter(({ external_id: id }) => id !== null)) };
  }

  private async findRecords(ids: readonly string[]): Promise<Map<string, StoredRecord>> {
    const selection: Selection = { condition: 'id = ANY ($1::uuid[])', values: [ids] };
    const records = new Map<string, { ticket: string; moves: string[]; events: string[] }>();
    for (const [ticket, id] of await this.lines(ticketLines(selection)))
      records.set(id, { ticket, moves: [], events: [] });
    if (records.size === 0) return records;
    for (const [text, id] of await this.lines(moveLines(selection))) records.get(id)?.moves.push(text);
    for (const [text, id] of await this.lines(eventLines(selection))) records.get(id)?.events.push(text);
    return records;
  }

  /** @returns each line with the ticket id */
  private async lines({
    text,
    values = [],
  }: {
    text: string;
    values?: readonly unknown[];
  }): Promise<[string, string][]> {
    const rows = await this.session.rows<[string, boolean, string]>({ text, values: [...values] });
    return rows.map(([line, , id]) => [line, id]);
  }

  private async findOwners(tickets: readonly LineOf<'ticket'>[]): Promise<Map<string, string>> {
    if (tickets.length === 0) return new Map();
    const values = [
      tickets.map(({ project }) => project),
      tickets.map(({ external_source: source }) => source),
      tickets.map(({ external_id: id }) => id),
    ];
    const query = { name: 'find-external', text: FIND_EXTERNAL, values };
    const rows = await this.session.rows<[string, string, string, string | null]>(query);
    return new Map(
      rows.flatMap(([project, external_source, external_id, id]): [string, string][] =>
        id === null ? [] : [[externalName({ project, external_source, external_id })!, id]],
      ),
    );
  }
}

/** For a dry run on an empty database. */
export const NO_RECORDS = {
  find: (): Promise<StoredRecords> => Promise.resolve({ records: new Map(), owners: new Map() }),
};
