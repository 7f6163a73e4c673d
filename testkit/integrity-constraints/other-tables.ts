import { atStatement, type Attack } from './attack';

const PROJECT = `INSERT INTO projects (id, key, title) VALUES ('{missing}', '{missing}', 'x')`;
const KEY = `INSERT INTO api_keys (id, name, prefix, hash, actor_kind, role)
  VALUES ('{missing}', 'Bot {missing}', 'pl_', sha256('x'), 'agent', 'viewer')`;
const RESPONSE = `INSERT INTO idempotency_keys (scope, key, fingerprint, status, headers, body)
  VALUES ('x', '{missing}', '', 200, '{}', '')`;

/** An attack on rows that other steps insert. */
function on(rows: string, statement: string, sqlstate: string, constraint: string, control = 'SELECT 1'): Attack {
  return {
    name: statement.replaceAll(/\s+/g, ' '),
    attack: [rows, statement],
    refusal: atStatement(sqlstate, constraint),
    control: [rows, control],
  };
}

const RETITLE = `UPDATE projects SET title = 'y' WHERE id = '{missing}'`;
const REVOKE = `UPDATE api_keys SET revoked_at = clock_timestamp() WHERE id = '{missing}'`;
const SWEEP = `DELETE FROM idempotency_keys WHERE key = '{missing}'`;

/** Changes of rows that the application never makes. */
export const OTHER_TABLES: Attack[] = [
  on(PROJECT, `UPDATE projects SET key = 'stolen' WHERE id = '{missing}'`, '23001', 'projects_fixed', RETITLE),
  on(PROJECT, `UPDATE projects SET id = gen_random_uuid() WHERE id = '{missing}'`, '23001', 'projects_fixed', RETITLE),
  on(
    PROJECT,
    `UPDATE projects SET created_at = '2001-01-01' WHERE id = '{missing}'`,
    '23001',
    'projects_fixed',
    RETITLE,
  ),
  on(PROJECT, `DELETE FROM projects WHERE id = '{missing}'`, '23001', 'projects_kept', RETITLE),
  on(PROJECT, 'TRUNCATE projects CASCADE', '23001', 'projects_kept', RETITLE),
  on(PROJECT, `UPDATE workflows SET project_id = '{missing}'`, '23001', 'workflows_frozen'),
  on(PROJECT, `DELETE FROM workflows WHERE key = '{workflow}'`, '23001', 'workflows_frozen'),
  on(KEY, `UPDATE api_keys SET role = 'admin' WHERE id = '{missing}'`, '23001', 'api_keys_fixed', REVOKE),
  on(KEY, `UPDATE api_keys SET name = 'another' WHERE id = '{missing}'`, '23001', 'api_keys_fixed', REVOKE),
  on(KEY, `DELETE FROM api_keys WHERE id = '{missing}'`, '23001', 'api_keys_kept', REVOKE),
  on(KEY, KEY.replace('{missing}', '{new}').replace('Bot', 'BOT'), '23505', 'api_keys_lower_name_idx', REVOKE),
  on('SELECT 1', KEY.replace('Bot {missing}', 'System'), '23514', 'api_keys_name_check', KEY),
  {
    name: 'a revoked key that becomes valid again',
    attack: [KEY, REVOKE, `UPDATE api_keys SET revoked_at = NULL WHERE id = '{missing}'`],
    refusal: atStatement('23001', 'api_keys_fixed'),
    control: [KEY, REVOKE],
  },
  on(
    RESPONSE,
    `UPDATE idempotency_keys SET body = 'x' WHERE key = '{missing}'`,
    '23001',
    'idempotency_keys_fixed',
    SWEEP,
  ),
  on(RESPONSE, 'TRUNCATE idempotency_keys', '23001', 'idempotency_keys_fixed', SWEEP),
];

/** Settings that a role may change in its session. The role of replication switches off ordinary triggers. */
export const SETTINGS: Attack[] = [
  {
    name: 'session_replication_role = replica',
    attack: [`SET LOCAL session_replication_role = replica`, `DELETE FROM phase_history WHERE ticket_id = '{moved}'`],
    refusal: atStatement('23001', 'phase_history_frozen'),
    control: [`SET LOCAL session_replication_role = replica`, 'SELECT 1'],
  },
];
