import { eventLines, moveLines, ticketLines } from '../../export/line-queries';
import type { Selection } from '../../export/selection';
import type { Session } from '../session';
import type { LineOf } from './export-line';

/** A ticket as the database has it, in the lines in which it would be exported. */
export interface StoredPast {
  readonly ticket: string;
  readonly moves: readonly string[];
  readonly events: readonly string[];
}

/** What the database knows of some tickets. */
export interface StoredPasts {
  /** By the ids of the tickets. */
  readonly pasts: ReadonlyMap<string, StoredPast>;
  /** The ids of the tickets that have the external ids which were looked for. */
  readonly owners: ReadonlyMap<string, string>;
}

/** Names an external id within all of its projects and sources. */
export function externalName({
  project,
  external_source,
  external_id,
}: Pick<LineOf<'ticket'>, 'project' | 'external_source' | 'external_id'>): string | undefined {
  return external_id === null ? undefined : JSON.stringify([project, external_source, external_id]);
}

/** One look-up for each: a plan that is made while the table is empty must not read it as a whole for each later. */
const FIND_EXTERNAL = `
  SELECT project, source, external_id,
         (SELECT id FROM tickets
            WHERE project_id = (SELECT id FROM projects WHERE key = sought.project)
              AND external_source = sought.source AND tickets.external_id = sought.external_id) AS id
    FROM unnest($1::varchar[], $2::varchar[], $3::varchar[]) AS sought (project, source, external_id)`;

/** Looks up what is stored of tickets. */
export class PastsOfDatabase {
  constructor(private readonly session: Session) {}

  async find(tickets: readonly LineOf<'ticket'>[]): Promise<StoredPasts> {
    const pasts = await this.findPasts(tickets.map(({ id }) => id));
    return { pasts, owners: await this.findOwners(tickets.filter(({ external_id: id }) => id !== null)) };
  }

  private async findPasts(ids: readonly string[]): Promise<Map<string, StoredPast>> {
    const selection: Selection = { condition: 'id = ANY ($1::uuid[])', values: [ids] };
    const pasts = new Map<string, { ticket: string; moves: string[]; events: string[] }>();
    for (const [ticket, id] of await this.lines(ticketLines(selection)))
      pasts.set(id, { ticket, moves: [], events: [] });
    if (pasts.size === 0) return pasts;
    for (const [text, id] of await this.lines(moveLines(selection))) pasts.get(id)?.moves.push(text);
    for (const [text, id] of await this.lines(eventLines(selection))) pasts.get(id)?.events.push(text);
    return pasts;
  }

  /** @returns each line, and the ticket's id */
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

/** For a dry run on a database that is empty yet. */
export const NO_PASTS = {
  find: (): Promise<StoredPasts> => Promise.resolve({ pasts: new Map(), owners: new Map() }),
};
