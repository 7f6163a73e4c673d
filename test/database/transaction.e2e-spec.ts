import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket } from '../../testkit/tickets';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await app.database.query(`
    CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE 'refused' USING ERRCODE = TG_ARGV[0]; END $$;
    CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON tickets DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.title = 'refused') EXECUTE FUNCTION refuse_commit('40001')`);
});
afterAll(() => app.close());

it('A COMMIT that the database rejects is reported as failed, not as unknown', async () => {
  const { id } = await createTicket(app, { title: 'as it was' });
  const { status, body } = await app.api.patch(`/api/v1/tickets/${id}`).send({ title: 'refused' });
  expect([status, body.code, body.detail]).toEqual([503, 'busy', expect.stringContaining('Nothing was changed')]);
  expect((await app.api.get(`/api/v1/tickets/${id}`)).body).toMatchObject({ title: 'as it was', version: 1 });
});
