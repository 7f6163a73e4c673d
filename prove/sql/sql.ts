import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { query, withClient } from '../../testkit/cluster';
import {
  createCast,
  edit,
  findContradictions,
  runTransaction,
  type Attack,
  type Cast,
} from '../../testkit/integrity-constraints/attack';
import { ATTACKS } from '../../testkit/integrity-constraints/every-attack';
import { Random } from '../random';
import type { Target } from '../target';

const ISOLATION_LEVELS = ['read committed', 'repeatable read', 'serializable'] as const;

/** Valid statements before those of an attack, which must not change its result. */
const PRELUDES = [
  [],
  ['SET CONSTRAINTS ALL IMMEDIATE'],
  ['SET LOCAL search_path = pg_temp, public'],
  ['SAVEPOINT before', edit('idle', `title = 'undone'`), 'ROLLBACK TO before'],
] as const;

/**
 * Runs transactions that would break an invariant, as a role with the rights that the application has. An attack succeeds
 * when its transaction commits.
 *
 * @param sweeps how often every attack runs
 */
export async function attackWithSql(target: Target, sweeps: number, seed: number): Promise<void> {
  const random = new Random(seed);
  await withClient(await createRole(await target.database()), async (client) => {
    const attacker = new Attacker(target, client, random);
    for (let n = 0; n < sweeps; n++) {
      for (const [subject, attacks] of Object.entries(ATTACKS)) {
        for (const attack of attacks) await attacker.run(subject, attack);
      }
    }
  });
  const count = Object.values(ATTACKS).flat().length;
  target.log(`sql: ${sweeps} runs of ${count} attacks`);
}

class Attacker {
  private cast: Cast | undefined;

  constructor(
    private readonly target: Target,
    private readonly client: Client,
    private readonly random: Random,
  ) {}

  async run(subject: string, { name, attack }: Attack): Promise<void> {
    const { client, random, target } = this;
    this.cast ??= await createCast(client);
    const level = random.pick(ISOLATION_LEVELS);
    await client.query(`SET default_transaction_isolation = '${level}'`);
    const outcome = await runTransaction(client, this.cast, [...random.pick(PRELUDES), ...attack]);
    // No setting and no temporary object outlives the attack.
    await client.query('DISCARD ALL');
    const isCommitted = outcome === 'committed';
    const errors = isCommitted ? ['committed'] : await this.damage(this.cast);
    target.results.check(
      'sqlRefused',
      errors.map((error) => `${subject}: ${name}, ${level}: ${error}`),
    );
    if (isCommitted) this.cast = undefined;
  }

  /** Returns what a refused attack left behind. */
  private async damage(cast: Cast): Promise<string[]> {
    return (await findContradictions(this.client, cast)).map((row) => `refused, but ${JSON.stringify(row)}`);
  }
}

/** Creates a role with the rights that docs/operations.md grants the application. @returns the URL for it */
async function createRole(databaseUrl: string): Promise<string> {
  const name = `attacker_${randomUUID().slice(0, 8)}`;
  const url = new URL(databaseUrl);
  url.username = name;
  url.password = randomUUID();
  await query(databaseUrl, `CREATE ROLE ${name} LOGIN PASSWORD '${url.password}'`);
  await query(databaseUrl, `GRANT USAGE ON SCHEMA public TO ${name}`);
  await query(databaseUrl, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name}`);
  return url.toString();
}
