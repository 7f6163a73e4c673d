import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { eventually } from '../../testkit/eventually';
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

describeWith(
  { name: 'nginx', present: isInstalled('nginx') || existsSync('/usr/sbin/nginx') },
  'deploy/nginx.conf',
  () => {
    let database: TestDatabase;
    let server: ServerProcess;
    let nginx: ChildProcess;
    let directory: string;
    let origin: string;

    beforeAll(async () => {
      database = await createTestDatabase();
      server = await startServerProcess({
        DATABASE_URL: database.url,
        TRUST_PROXY: '127.0.0.1',
        RATE_LIMIT_MAX: '1000',
      });
      directory = mkdtempSync(join(tmpdir(), 'phaseline-nginx-'));
      const port = await freePort();
      origin = `http://127.0.0.1:${port}`;
      writeFileSync(join(directory, 'nginx.conf'), configuration(port, new URL(server.origin).host));
      mkdirSync(join(directory, 'temporary'));
      const environment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };
      nginx = spawn('nginx', ['-c', join(directory, 'nginx.conf')], { env: environment, stdio: 'inherit' });
      await eventually(async () => (await fetch(`${origin}/health/ready`).catch(() => undefined))?.status === 200);
    });

    afterAll(async () => {
      nginx.kill('SIGQUIT');
      await once(nginx, 'exit');
      await server.stop();
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    });

    /** The site as it is in the repository, on another port and in front of the test's server. */
    function configuration(port: number, upstream: string): string {
      const site = readFileSync(join(DEPLOY, 'nginx.conf'), 'utf8')
        .replace('server 127.0.0.1:3000;', `server ${upstream};`)
        .replace('listen 80;', `listen 127.0.0.1:${port};`);
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${directory}/temporary/${name};`)
        .join(' ');
      // Workers of a master that runs as root would otherwise run as an account that cannot write here.
      const user = process.getuid?.() === 0 ? 'user root;' : '';
      return `${user} daemon off; pid ${directory}/pid; error_log stderr warn; events {} http { access_log off; ${paths} ${site} }`;
    }

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
  },
);

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
