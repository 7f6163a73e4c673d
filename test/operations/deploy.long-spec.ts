import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { NGINX, startNginx, type Nginx } from '../../testkit/nginx';
import { describeWith } from '../../testkit/requirements';
import { startServerProcess, type ServerProcess } from '../../testkit/server-process';

const DEPLOY = join(__dirname, '../../deploy');
const isInstalled = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

/** systemd verifies that the executable exists, so the unit is verified with this process's Node.js. */
describeWith({ name: 'systemd', present: isInstalled('systemd-analyze') }, 'deploy/phaseline.service', () => {
  it('is accepted by systemd-analyze verify without a warning', () => {
    const directory = mkdtempSync(join(tmpdir(), 'phaseline-unit-'));
    const unit = readFileSync(join(DEPLOY, 'phaseline.service'), 'utf8').replace('/usr/bin/node', process.execPath);
    const path = join(directory, 'phaseline.service');
    writeFileSync(path, unit);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
    rmSync(directory, { recursive: true });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describeWith(NGINX, 'deploy/nginx.conf', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let nginx: Nginx;
  let origin: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await startServerProcess({
      DATABASE_URL: database.url,
      TRUST_PROXY: '127.0.0.1',
      RATE_LIMIT_MAX: '1000',
      SHUTDOWN_GRACE_SECONDS: '0',
    });
    nginx = await startNginx([server.origin]);
    origin = nginx.origin;
  });

  afterAll(async () => {
    await nginx.stop();
    await server.stop();
    await database.drop();
  });

  it('passes commands, problem documents and the address of the client to the server', async () => {
    const headers = { 'content-type': 'application/json' };
    const create = await fetch(`${origin}/api/v1/tickets`, {
      method: 'POST',
      headers,
      body: '{"title":"Behind nginx"}',
    });
    const { id } = (await create.json()) as { id: string };
    expect(create.status).toBe(201);
    const body = '{"to_phase":"DONE"}';
    const refused = await fetch(`${origin}/api/v1/tickets/${id}/transition`, { method: 'POST', headers, body });
    expect(refused.status).toBe(400);
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await refused.json()).toMatchObject({ code: 'illegal_transition', from_phase: 'BACKLOG' });
    expect(refused.headers.get('ratelimit')).toContain('r=');
  });

  it('passes bodies as large as the server accepts', async () => {
    const item = { ticket_id: '0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55', to_phase: 'DESIGN', reason: 'x'.repeat(9_000) };
    const body = JSON.stringify({ items: Array.from({ length: 200 }, () => item) });
    expect(body.length).toBeGreaterThan(1_500_000);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${origin}/api/v1/transitions`, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
  });

  it('keeps answering over reused connections', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => (await fetch(`${origin}/api/v1/tickets?limit=1`)).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('serves metrics to this machine', async () => {
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    expect(metrics).toContain('phaseline_moves_total');
  });
});
