import type { Hit } from './fuzzer';
import type { Changed } from './changed-rows';

/** Keeps account of what accepted requests may have changed, so that any other change is one too many. */
export class Accounts {
  private readonly changes: Map<string, number>;

  /** @param ids of the tickets that are there, at version 1 */
  constructor(ids: readonly string[]) {
    this.changes = new Map(ids.map((id) => [id, 1]));
  }

  /** The changes that no accepted request accounts for. */
  settle(hits: readonly Hit[], { tickets, traced, others }: Changed): string[] {
    const accepted = hits.filter(({ request, answer }) => isCommand(request.method) && isAccepted(answer));
    const allowed = countsOf(accepted.flatMap(ticketsOf));
    const faults = [...tickets].flatMap(([id, { changes: now, byMigration }]) => {
      const changes = now - (this.changes.get(id) ?? 0);
      this.changes.set(id, now);
      const most = allowed.get(id) ?? 0;
      return changes <= most && (most > 0 || byMigration) ? [] : [`ticket ${id}: ${changes} changes, ${most} accepted`];
    });
    const untold = [...traced].filter((id) => !allowed.has(id)).map((id) => `ticket ${id}: new rows, nothing accepted`);
    return [...faults, ...untold, ...elsewhere(others, accepted)];
  }
}

/** Rows of other tables that are more than what was accepted can have written. */
function elsewhere(others: Changed['others'], accepted: readonly Hit[]): string[] {
  const defined = answersTo(accepted, '/workflows', 201);
  const begun = answersTo(accepted, '/migrations', 202);
  const edges = [...defined.map(({ transitions }) => transitions), ...begun.map(({ phases }) => phases)];
  const most = new Map([
    ['workflows', defined.length],
    ['graphs', defined.length + begun.length],
    ['graph_edges', edges.reduce((sum, list) => sum + Object.keys(list).length, 0)],
  ]);
  return [...others].flatMap(([table, rows]) => {
    const allowed = most.get(table) ?? accepted.length;
    return rows > allowed ? [`${rows} rows of ${table}, and no more than ${allowed} accepted`] : [];
  });
}

/** The bodies of answers to what makes new graphs. */
function answersTo(hits: readonly Hit[], path: string, status: number): { transitions: object; phases: object }[] {
  return hits
    .filter(({ operation, answer }) => operation.path.endsWith(path) && answer!.status === status)
    .map(({ answer }) => JSON.parse(answer!.text) as { transitions: object; phases: object });
}

function isCommand(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function isAccepted(answer: Hit['answer']): boolean {
  return answer !== undefined && answer.status < 300;
}

/** The tickets that an accepted command may have changed, once for each change. */
function ticketsOf({ operation, request, answer }: Hit): string[] {
  const inPath = /\/tickets\/([0-9a-f-]{36})/i.exec(request.target)?.[1];
  if (inPath !== undefined) return [inPath.toLowerCase()];
  const body = Object(answer!.text === '' ? {} : JSON.parse(answer!.text)) as {
    id?: string;
    results?: { ticket_id: string; status: string }[];
  };
  if (operation.path.endsWith('/transitions')) {
    return (body.results ?? []).flatMap(({ ticket_id, status }) => (status === 'ok' ? [ticket_id] : []));
  }
  return body.id === undefined ? [] : [body.id];
}

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
