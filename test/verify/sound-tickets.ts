import { uuidv7 } from '../../src/database/uuid';
import { resumePhaseAfter } from '../../src/machine/judge';
import { SDLC_GRAPH } from '../../src/machine/sdlc';
import type { TestDatabase } from '../support/database';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

/** What a ticket does, one an hour: moves to phases, and other changes by the type of their event. */
export type Step = string;

/** What a step left behind. `from` and `sequence` are of moves alone. */
interface Change {
  readonly step: Step;
  readonly version: number;
  readonly at: Date;
  readonly from: string | null;
  readonly sequence: number | null;
}

/** Writes a sound ticket, past the application and under the eyes of the database's defence. @returns its id */
export async function insertSoundTicket(database: TestDatabase, initial: string, ...steps: Step[]): Promise<string> {
  const id = uuidv7();
  const changes = changesOf(initial, steps);
  await database.query('BEGIN');
  await insertTicket(database, id, initial, changes);
  for (const change of changes) await insertChange(database, id, change);
  await database.query('COMMIT');
  return id;
}

/** Runs SQL as a superuser who has switched the defence off. */
export async function corrupt(database: TestDatabase, ...statements: string[]): Promise<void> {
  await database.query('SET session_replication_role = replica');
  for (const statement of statements) await database.query(statement);
  await database.query('RESET session_replication_role');
}

function changesOf(initial: string, steps: readonly Step[]): Change[] {
  let [phase, sequence] = [initial, 0];
  return steps.map((step, i) => {
    const change = { step, version: i + 2, at: new Date(START + (i + 1) * HOUR) };
    if (!isMove(step)) return { ...change, from: null, sequence: null };
    const from = phase;
    phase = step;
    return { ...change, from, sequence: ++sequence };
  });
}

function isMove(step: Step): boolean {
  return step === step.toUpperCase();
}

function resumePhaseOf(moves: readonly Change[]): string | null {
  return moves.reduce<string | null>((resumePhase, { from, step }) => {
    const [source, target] = [SDLC_GRAPH.phases.get(from!)!, SDLC_GRAPH.phases.get(step)!];
    return resumePhaseAfter({ phase: from!, resumePhase, archived: false }, source, target);
  }, null);
}

async function insertTicket(
  database: TestDatabase,
  id: string,
  initial: string,
  changes: readonly Change[],
): Promise<void> {
  const created = new Date(START);
  const moves = changes.filter(({ step }) => isMove(step));
  const [last, shelved] = [moves.at(-1), changes.findLast(({ step }) => step === 'archived' || step === 'restored')];
  const archivedAt = shelved?.step === 'archived' ? shelved.at : null;
  const place = [id, initial, last?.step ?? initial, last?.from ?? null, resumePhaseOf(moves), last?.at ?? created];
  const state = [moves.length, changes.length + 1, created, changes.at(-1)?.at ?? created, archivedAt];
  await database.query(
    `INSERT INTO tickets (id, title, initial_phase_id, phase_id, previous_phase_id, resume_phase_id, phase_entered_at,
                          transition_count, version, created_at, updated_at, archived_at)
     VALUES ($1, 'Sound', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    place.concat(state as typeof place),
  );
  await insertEvent(database, id, { step: 'created', version: 1, at: created, from: null, sequence: null });
}

async function insertChange(database: TestDatabase, id: string, change: Change): Promise<void> {
  const { step, version, at, from, sequence } = change;
  if (sequence !== null) {
    await database.query(
      `INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, graph_id, version, created_at)
       VALUES ($1, $2, $3, $4, $5, 1, $6, $7)`,
      [id, sequence, uuidv7(), from, step, version, at],
    );
  }
  await insertEvent(database, id, change);
}

async function insertEvent(database: TestDatabase, id: string, change: Change): Promise<void> {
  const { step, version, at, sequence } = change;
  const changes = step === 'edited' ? { title: 'Sound' } : null;
  await database.query(
    `INSERT INTO ticket_events (ticket_id, version, type, at, sequence, changes) VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, version, isMove(step) ? 'moved' : step, at, sequence, changes],
  );
}
