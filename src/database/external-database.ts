import { escapeIdentifier } from 'pg';
import { createClient, type DatabaseClient } from './connection';
import { poolModeOf } from './pooler';

/** The oldest supported version of PostgreSQL. */
const OLDEST_MAJOR = 15;

/** Phaseline's tables. Other tables of the schema are not Phaseline's, and no rights on them are needed. */
export const TABLES: readonly string[] = [
  'api_key_events',
  'api_keys',
  'graph_edges',
  'graph_phases',
  'graphs',
  'idempotency_keys',
  'migrations',
  'phase_history',
  'projects',
  'ticket_events',
  'tickets',
  'unsettled_moves',
  'workflow_migrations',
  'workflows',
];

/** Properties of a server, a database and a role, in the words of PostgreSQL. */
interface Facts {
  readonly version: string;
  readonly major: number;
  readonly encoding: string;
  readonly synchronousCommit: string;
  readonly source: string;
  readonly database: string;
  readonly role: string;
}

const FACTS = `
  SELECT current_setting('server_version') AS version,
         current_setting('server_version_num')::int / 10000 AS major,
         pg_encoding_to_char((SELECT encoding FROM pg_database WHERE datname = current_database())) AS encoding,
         (SELECT setting FROM pg_settings WHERE name = 'synchronous_commit') AS "synchronousCommit",
         (SELECT source FROM pg_settings WHERE name = 'synchronous_commit') AS source,
         quote_ident(current_database()) AS database, quote_ident(current_user) AS role`;

/** The schemas that hold tables of Phaseline which the role can read, and the schema in which new tables would be created. */
const SCHEMAS = `
  SELECT current_schema() AS current, array_agg(nspname::text ORDER BY nspname) FILTER (WHERE nspname IS NOT NULL) AS found
    FROM (SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
           WHERE relname IN ('tickets', 'phase_history', 'migrations') AND relkind = 'r'
             AND has_schema_privilege(pg_namespace.oid, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT')
           GROUP BY nspname HAVING count(*) = 3) AS complete`;

/** The rights of the role in a schema ($1), and the tables ($2) there on which it lacks one. */
const RIGHTS = `
  SELECT quote_ident(nspname) AS schema, has_schema_privilege(oid, 'USAGE') AS "mayUse",
         has_schema_privilege(oid, 'CREATE') AS "mayCreate",
         (SELECT count(*)::int FROM pg_class WHERE relnamespace = pg_namespace.oid AND relname = 'tickets') AS tables,
         ARRAY(SELECT quote_ident(relname) FROM pg_class
                WHERE relnamespace = pg_namespace.oid AND relname = ANY ($2) AND relkind = 'r'
                  AND NOT (has_table_privilege(oid, 'SELECT')
                           AND (relname = 'migrations' OR has_table_privilege(oid, 'INSERT'))
                           AND (relname <> 'tickets' OR has_table_privilege(oid, 'UPDATE')))
                ORDER BY relname) AS closed
    FROM pg_namespace WHERE nspname = $1`;

interface Rights {
  readonly schema: string;
  readonly mayUse: boolean;
  readonly mayCreate: boolean;
  /** 0 for a schema without tables of Phaseline. */
  readonly tables: number;
  readonly closed: readonly string[];
}

/**
 * Checks a database of `DATABASE_URL` that the caller will write to.
 *
 * @param location names the database in messages
 * @returns its URL with the schema that holds the tables, so that the `search_path` of the role does not matter
 * @throws Error with each reason why the database cannot be used, and its remedy
 */
export async function checkDatabase(url: string, location: string): Promise<string> {
  const client = createClient(url);
  try {
    await client.connect();
    const { rows } = await client.query<Facts>(FACTS);
    const [facts] = rows as [Facts];
    const schema = await findSchema(client, url);
    const problems = [...problemsOf(facts), ...(await findMissingRights(client, facts.role, schema))];
    if (problems.length > 0)
      throw new Error(`Cannot use the database at ${location}:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    return inSchema(url, schema);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Returns a URL with the schema that holds Phaseline's tables, for a program that only reads. */
export async function findTables(url: string): Promise<string> {
  const client = createClient(url);
  try {
    await client.connect();
    return inSchema(url, await findSchema(client, url));
  } finally {
    await client.end().catch(() => undefined);
  }
}

function inSchema(url: string, schema: string): string {
  const found = new URL(url);
  found.searchParams.set('search_path', schema);
  return found.toString();
}

/** @throws Error when the schema is ambiguous, or cannot be chosen through a pooler */
async function findSchema(client: DatabaseClient, url: string): Promise<string> {
  const { rows } = await client.query<{ current: string | null; found: string[] | null }>(SCHEMAS);
  const { current = null, found } = rows[0] ?? {};
  const schema = new URL(url).searchParams.get('search_path') ?? schemaOf(current, found ?? []);
  if (schema === current || poolModeOf(url) === 'direct') return schema;
  throw new Error(
    `Phaseline's schema is ${schema}, and connections through the pooler begin in ${current ?? 'none'}. Set it for the ` +
      `role: ALTER ROLE … SET search_path = ${escapeIdentifier(schema)}.`,
  );
}

/** Returns the schema that holds Phaseline's tables, or will: the role's own, or else the only one that has them. */
function schemaOf(current: string | null, found: readonly string[]): string {
  if (found.length === 0 || (current !== null && found.includes(current))) return current ?? 'public';
  const [only = 'public', ...others] = found;
  if (others.length === 0) return only;
  throw new Error(
    `The schemas ${found.join(', ')} all hold tables of Phaseline. Name one in DATABASE_URL: ?search_path=${only}.`,
  );
}

function problemsOf({ version, major, encoding, synchronousCommit, source, database, role }: Facts): string[] {
  const problems: string[] = [];
  if (major < OLDEST_MAJOR)
    problems.push(
      `It is PostgreSQL ${version}, and Phaseline requires PostgreSQL ${OLDEST_MAJOR} or newer. Upgrade the server, or ` +
        'unset DATABASE_URL to use the embedded one.',
    );
  if (encoding !== 'UTF8')
    problems.push(
      `Its encoding is ${encoding}, which cannot store every text. Create another one: CREATE DATABASE phaseline ENCODING ` +
        "'UTF8' TEMPLATE template0, and transfer existing data with export and import.",
    );
  if (synchronousCommit === 'off') {
    const remedies: Record<string, string> = {
      database: `ALTER DATABASE ${database} RESET synchronous_commit`,
      user: `ALTER ROLE ${role} RESET synchronous_commit`,
      'database user': `ALTER ROLE ${role} IN DATABASE ${database} RESET synchronous_commit`,
      client: 'remove it from the options of DATABASE_URL and PGOPTIONS',
    };
    const remedy = remedies[source] ?? 'ALTER SYSTEM SET synchronous_commit = on, then SELECT pg_reload_conf()';
    problems.push(
      `synchronous_commit is off, so a crash loses transitions that were acknowledged. Set it to on: ${remedy}.`,
    );
  }
  return problems;
}

async function findMissingRights(client: DatabaseClient, role: string, schema: string): Promise<string[]> {
  const { rows } = await client.query<Rights>(RIGHTS, [schema, TABLES]);
  const [rights] = rows;
  if (rights === undefined) return [`The schema "${schema}" does not exist. Create it, or correct search_path.`];
  const { schema: name, mayUse, mayCreate, tables, closed } = rights;
  const isOwner = `or make it the owner: ALTER SCHEMA ${name} OWNER TO ${role}`;
  if (tables === 0 && !(mayUse && mayCreate))
    return [
      `permission denied for schema ${name}: the role ${role} cannot create tables there. Grant it: ` +
        `GRANT USAGE, CREATE ON SCHEMA ${name} TO ${role}; ${isOwner}.`,
    ];
  if (!mayUse)
    return [`permission denied for schema ${name}. Grant it: GRANT USAGE ON SCHEMA ${name} TO ${role}; ${isOwner}.`];
  if (closed.length === 0) return [];
  const list = closed.map((table) => `${name}.${table}`).join(', ');
  return [
    `permission denied for the tables ${list}. Grant it as their owner: GRANT SELECT, INSERT, UPDATE, DELETE ON ${list} ` +
      `TO ${role}; or make ${role} the owner: ALTER TABLE … OWNER TO ${role}.`,
  ];
}
