import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportReport } from '../../../src/transfer/import/report';
import type { TestDatabase } from '../../../testkit/database';

const PROGRAM = join(__dirname, '../../../dist/src/transfer/import/main.js');

export const HEADER = 'ticket_id,seq,from_state,to_state,at,actor,title';
export const START = Date.UTC(2026, 0, 1);
export const HOUR = 3_600_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program while it runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stderr(): string;
}

/** A line of a quarantine file. */
export interface Quarantined {
  readonly line: number;
  readonly code: string;
  readonly reason: string;
  readonly ticket_id: string | null;
  readonly row?: Readonly<Record<string, string>>;
  readonly raw?: string;
}

/** A directory for imports without a .env, so that only the command line selects the database. */
export class ImportSite {
  readonly directory = mkdtempSync(join(tmpdir(), 'phaseline-import-'));

  write(name: string, content: string | Buffer): string {
    const path = join(this.directory, name);
    writeFileSync(path, content);
    return path;
  }

  /** Writes a log and gives its path. */
  log(name: string, ...lines: readonly string[]): string {
    return this.write(name, `${[HEADER, ...lines].join('\n')}\n`);
  }

  read(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8');
  }

  quarantined(name: string): Quarantined[] {
    return this.read(name)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Quarantined);
  }

  /** Runs the program as `npm run import` does. */
  start(args: readonly string[], environment: Record<string, string> = {}, node: readonly string[] = []): Running {
    const { DATABASE_URL: _, DATA_DIR: __, ...inherited } = process.env;
    const env = { ...inherited, DB_WAIT_SECONDS: '0', ...environment };
    const child = spawn(process.execPath, [...node, PROGRAM, ...args], { cwd: this.directory, env });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
    return { child, ended, stderr: () => stderr };
  }

  run(...args: readonly string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  /** Runs it on a database, and gives its report. */
  async import(database: TestDatabase, ...args: readonly string[]): Promise<ImportReport & { code: number | null }> {
    const { code, stdout, stderr } = await this.run('--json', '--database-url', database.url, ...args);
    if (stdout === '') throw new Error(`No report, but: ${stderr}`);
    return { code, ...(JSON.parse(stdout) as ImportReport) };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Lines of one ticket that goes from phase to phase, one an hour. */
export function linesOf(ticket: string, ...phases: readonly string[]): string[] {
  return phases.map((phase, i) => lineOf(ticket, i + 1, phases[i - 1] ?? '', phase));
}

export function lineOf(ticket: string, seq: number, from: string, to: string): string {
  const at = new Date(START + (seq - 1) * HOUR).toISOString();
  return [ticket, seq, from, to, at, `actor-${seq}`, `Title of ${ticket}`].join(',');
}

/** Reads the stored rows of a source in the columns of a log, without titles. */
const STORED_LOG = `
  SELECT external_id COLLATE "C" AS external_id, 1 AS seq, '' AS from_phase, initial_phase_id AS to_phase, tickets.created_at AS at, actor
    FROM tickets JOIN ticket_events ON ticket_id = id AND ticket_events.version = 1 WHERE external_source = $1
  UNION ALL
  SELECT external_id COLLATE "C", sequence + 1, from_phase, to_phase, phase_history.created_at, transitioned_by
    FROM tickets JOIN phase_history ON ticket_id = tickets.id WHERE external_source = $1
  ORDER BY external_id, seq`;

/** One line a row: ticket, seq, from, to, time, actor. */
export async function storedLog(database: TestDatabase, source: string): Promise<string[]> {
  const rows = await database.query<Record<string, string | number | Date>>(STORED_LOG, [source]);
  return rows.map((row) =>
    Object.values(row)
      .map((v) => (v instanceof Date ? v.toISOString() : v))
      .join('|'),
  );
}

/** Converts lines of `linesOf` to the form of `storedLog`. */
export function asStored(...lines: readonly string[]): string[] {
  return lines.map((line) => line.split(',').slice(0, 6).join('|'));
}

/**
 * Everything that a database holds, but what is another's in every run: ids, transactions, and when it was written. Whose
 * row belongs to the external id of its ticket.
 */
export async function contentsOf(database: TestDatabase): Promise<string[]> {
  const ticket = `(SELECT external_id FROM tickets WHERE tickets.id = row.ticket_id)`;
  const queries = [
    `SELECT to_jsonb(row) - 'id' AS content FROM tickets AS row`,
    `SELECT to_jsonb(row) - 'id' - 'ticket_id' || jsonb_build_object('ticket', ${ticket}) AS content FROM phase_history AS row`,
    `SELECT to_jsonb(row) - 'tx' - 'ticket_id' || jsonb_build_object('ticket', ${ticket}) AS content FROM ticket_events AS row`,
    `SELECT to_jsonb(row) - 'created_at' AS content FROM graphs AS row`,
    `SELECT to_jsonb(row) AS content FROM graph_edges AS row`,
  ];
  const contents: string[] = [];
  for (const query of queries) {
    for (const { content } of await database.query<{ content: object }>(query)) contents.push(JSON.stringify(content));
  }
  return contents.sort();
}
