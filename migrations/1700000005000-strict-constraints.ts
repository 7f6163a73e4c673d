import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createGraphConstraints, dropGraphConstraints } from './strict-constraints/graphs';
import { createOtherConstraints, dropOtherConstraints } from './strict-constraints/other-tables';
import { createTicketConstraints, dropTicketConstraints } from './strict-constraints/tickets';

/**
 * Integrity constraints against a role that can only SELECT, INSERT, UPDATE and DELETE, in addition to those of
 * `PhaseWorkflow` and `Workflows`:
 *
 *   graphs, graph_edges, graph_phases   A version of a workflow has a valid definition, and its edges and phases are those
 *                                       of the definition. A plan joins two versions of one workflow and has a run.
 *   tickets                             A ticket starts in an initial phase of its version and is never deleted. Its
 *                                       version rises with every change; each version has its event.
 *   phase_history, ticket_events        A history row has its event, and an event is of a version that the ticket reached.
 *   other tables                        What never changes in the application cannot be changed with SQL.
 *
 * All triggers are ENABLE ALWAYS: `session_replication_role` does not disable them.
 *
 * Rows of earlier versions are not checked again; `verify` reports those that break a constraint.
 */
export class StrictConstraints1700000005000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = await currentSchema(queryRunner);
    await createGraphConstraints(queryRunner, schema);
    await createTicketConstraints(queryRunner, schema);
    await createOtherConstraints(queryRunner, schema);
    await enableTriggers(queryRunner, 'ENABLE ALWAYS');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await enableTriggers(queryRunner, 'ENABLE');
    await dropOtherConstraints(queryRunner);
    await dropTicketConstraints(queryRunner);
    await dropGraphConstraints(queryRunner);
  }
}

/** Constraint triggers, too. The triggers of foreign keys are PostgreSQL's own and stay as they are. */
async function enableTriggers(queryRunner: QueryRunner, action: 'ENABLE' | 'ENABLE ALWAYS'): Promise<void> {
  const triggers: { statement: string }[] = await queryRunner.query(
    `SELECT format('ALTER TABLE %s ${action} TRIGGER %I', tgrelid::regclass, tgname) AS statement
       FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
      WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal`,
  );
  for (const { statement } of triggers) await queryRunner.query(statement);
}

async function currentSchema(queryRunner: QueryRunner): Promise<string> {
  const [row] = await queryRunner.query(`SELECT quote_ident(current_schema()) AS schema`);
  return row.schema;
}
