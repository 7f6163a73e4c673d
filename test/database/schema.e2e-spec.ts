import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig';
import { PHASE_TRANSITIONS } from '../../src/machine/phase';
import { SDLC } from '../../src/machine/sdlc';
import { TicketEvent } from '../../src/tickets/ticket-event.entity';
import { describeOnEveryPostgres } from './every-postgres';
import { readCatalog, readList } from './schema-catalog';

describeOnEveryPostgres('The schema', (url) => {
  let client: Client;
  beforeAll(async () => {
    client = new Client(url());
    await client.connect();
  });
  afterAll(() => client.end());

  it('matches the entities', async () => {
    const dataSource = await new DataSource(dataSourceOptions(url())).initialize();
    try {
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
      // TypeORM does not support the type of `tx`, so this table is compared here.
      const columns = `SELECT column_name FROM information_schema.columns WHERE table_name = 'ticket_events'`;
      const described = dataSource.getMetadata(TicketEvent).columns.map(({ databaseName }) => databaseName);
      expect(await readList(client, columns)).toEqual([...described, 'tx'].sort());
    } finally {
      await dataSource.destroy();
    }
  });

  it('has exactly these indexes', async () => {
    expect((await readCatalog(client))['indexes']).toEqual([
      'CREATE INDEX api_key_events_api_key_id_idx ON public.api_key_events USING btree (api_key_id, id)',
      'CREATE INDEX api_keys_prefix_idx ON public.api_keys USING btree (prefix)',
      'CREATE INDEX api_keys_previous_prefix_idx ON public.api_keys USING btree (previous_prefix) WHERE (previous_prefix IS NOT NULL)',
      'CREATE INDEX graphs_from_graph_id_idx ON public.graphs USING btree (from_graph_id) WHERE (from_graph_id IS NOT NULL)',
      'CREATE INDEX idempotency_keys_created_at_idx ON public.idempotency_keys USING btree (created_at)',
      'CREATE INDEX phase_history_created_at_idx ON public.phase_history USING btree (created_at)',
      'CREATE INDEX tickets_archived_created_at_idx ON public.tickets USING btree (created_at, id) WHERE (archived_at IS NOT NULL)',
      'CREATE INDEX tickets_archived_updated_at_idx ON public.tickets USING btree (updated_at, id) WHERE (archived_at IS NOT NULL)',
      'CREATE INDEX tickets_created_at_idx ON public.tickets USING btree (created_at, id)',
      'CREATE INDEX tickets_phase_idx ON public.tickets USING btree (phase_id, created_at, id)',
      'CREATE INDEX tickets_project_idx ON public.tickets USING btree (project_id, created_at, id)',
      'CREATE INDEX tickets_updated_at_idx ON public.tickets USING btree (updated_at, id)',
      'CREATE UNIQUE INDEX api_key_events_pkey ON public.api_key_events USING btree (id)',
      'CREATE UNIQUE INDEX api_keys_name_key ON public.api_keys USING btree (name)',
      'CREATE UNIQUE INDEX api_keys_pkey ON public.api_keys USING btree (id)',
      'CREATE UNIQUE INDEX graph_edges_pkey ON public.graph_edges USING btree (graph_id, from_phase, to_phase)',
      'CREATE UNIQUE INDEX graphs_pkey ON public.graphs USING btree (id)',
      'CREATE UNIQUE INDEX graphs_workflow_version_key ON public.graphs USING btree (workflow, version)',
      'CREATE UNIQUE INDEX idempotency_keys_pkey ON public.idempotency_keys USING btree (scope, key)',
      'CREATE UNIQUE INDEX phase_history_pkey ON public.phase_history USING btree (ticket_id, sequence)',
      'CREATE UNIQUE INDEX projects_key_key ON public.projects USING btree (key)',
      'CREATE UNIQUE INDEX projects_pkey ON public.projects USING btree (id)',
      'CREATE UNIQUE INDEX ticket_events_pkey ON public.ticket_events USING btree (ticket_id, version)',
      'CREATE UNIQUE INDEX tickets_external_idx ON public.tickets USING btree (project_id, external_source, external_id) ' +
        'WHERE (external_id IS NOT NULL)',
      'CREATE UNIQUE INDEX tickets_pkey ON public.tickets USING btree (id)',
      'CREATE UNIQUE INDEX unsettled_moves_pkey ON public.unsettled_moves USING btree (id)',
      'CREATE UNIQUE INDEX workflow_migrations_pkey ON public.workflow_migrations USING btree (id)',
      'CREATE UNIQUE INDEX workflow_migrations_unfinished_idx ON public.workflow_migrations USING btree (from_graph_id) ' +
        'WHERE (finished_at IS NULL)',
      'CREATE UNIQUE INDEX workflows_pkey ON public.workflows USING btree (key)',
    ]);
  });

  it('has exactly these constraints, whose names map to errors', async () => {
    // Newer versions list NOT NULL as constraints, too. TypeORM owns the table of migrations.
    const names = await readList(
      client,
      `SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x')
         AND conrelid::regclass::text <> 'migrations'`,
    );
    expect(names).toEqual([
      'api_key_events_actor_kind_check',
      'api_key_events_api_key_id_fkey',
      'api_key_events_pkey',
      'api_key_events_previous_check',
      'api_key_events_type_check',
      'api_keys_actor_kind_check',
      'api_keys_hash_check',
      'api_keys_name_check',
      'api_keys_name_key',
      'api_keys_pkey',
      'api_keys_previous_check',
      'api_keys_project_id_fkey',
      'api_keys_role_check',
      'graph_edges_graph_id_fkey',
      'graph_edges_pkey',
      'graphs_from_graph_id_fkey',
      'graphs_kind_check',
      'graphs_pkey',
      'graphs_plan_check',
      'graphs_to_graph_id_fkey',
      'graphs_workflow_version_key',
      'idempotency_keys_pkey',
      'phase_history_actor_kind_check',
      'phase_history_created_at_check',
      'phase_history_kind_check',
      'phase_history_pkey',
      'phase_history_sequence_check',
      'phase_history_ticket_id_fkey',
      'projects_key_key',
      'projects_pkey',
      'ticket_events_actor_kind_check',
      'ticket_events_pkey',
      'ticket_events_sequence_check',
      'ticket_events_type_check',
      'ticket_events_version_check',
      'tickets_external_check',
      'tickets_graph_id_fkey',
      'tickets_moved_check',
      'tickets_pkey',
      'tickets_priority_check',
      'tickets_project_id_fkey',
      'tickets_unmoved_check',
      'tickets_version_check',
      'unsettled_moves_pkey',
      'workflow_migrations_actor_kind_check',
      'workflow_migrations_from_graph_id_fkey',
      'workflow_migrations_pkey',
      'workflow_migrations_plan_id_fkey',
      'workflows_pkey',
      'workflows_project_id_fkey',
    ]);
  });

  it('has exactly these triggers, all enabled', async () => {
    const triggers = await readList(
      client,
      `SELECT tgrelid::regclass || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'`,
    );
    expect(triggers).toEqual([
      'api_keys api_keys_kept',
      'graph_edges graph_edges_frozen',
      'graph_edges graph_edges_sealed',
      'graphs graphs_frozen',
      'phase_history phase_history_chain',
      'phase_history phase_history_defaults',
      'phase_history phase_history_frozen',
      'ticket_events ticket_events_frozen',
      'tickets tickets_fixed',
      'tickets tickets_history_of_moved',
      'tickets tickets_history_of_new',
      'tickets tickets_kept',
      'tickets tickets_migrated',
      'tickets tickets_under_plan',
      'tickets tickets_with_history_kept',
      'unsettled_moves moves_settled',
    ]);
  });

  it('contains the edges of the state machine', async () => {
    const inCode = Object.entries(PHASE_TRANSITIONS).flatMap(([from, targets]) =>
      targets.map((to) => `1 ${from} ${to}`),
    );
    const inDatabase = await readList(client, `SELECT concat_ws(' ', graph_id, from_phase, to_phase) FROM graph_edges`);
    expect(inDatabase).toEqual(inCode.sort());
    expect(await readList(client, `SELECT concat_ws(' ', id, workflow, version) FROM graphs`)).toEqual(['1 sdlc 1']);
  });

  it('contains the definition of the built-in workflow, as the application stores it', async () => {
    const text = JSON.stringify(SDLC);
    const digest = createHash('sha256').update(text).digest('hex');
    const stored = `SELECT definition::text || ' ' || encode(digest, 'hex') FROM graphs WHERE id = 1`;
    expect(await readList(client, stored)).toEqual([`${text} ${digest}`]);
  });
});
