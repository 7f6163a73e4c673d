import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually';
import type { Requirement } from './requirements';

/** The requirement of suites that start nginx. */
export const NGINX: Requirement = {
  name: 'nginx',
  present: existsSync('/usr/sbin/nginx') || spawnSync('sh', ['-c', 'command -v nginx']).status === 0,
};

/** A running nginx with the site of `deploy/nginx.conf`. */
export interface Nginx {
  /** Such as http://127.0.0.1:41235. */
  readonly origin: string;
  stop(): Promise<void>;
}

/**
 * Starts nginx with the site as it is in the repository, on a free port, and waits until a server behind it is ready.
 *
 * @param servers origins of the servers behind it
 */
export async function startNginx(servers: readonly string[]): Promise<Nginx> {
  const directory = mkdtempSync(join(tmpdir(), 'phaseline-nginx-'));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  mkdirSync(join(directory, 'temporary'));
  writeFileSync(join(directory, 'nginx.conf'), configuration(directory, port, servers));
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };
  const child = spawn('nginx', ['-c', join(directory, 'nginx.conf')], { env, stdio: 'inherit' });
  await eventually(async () => (await fetch(`${origin}/health/ready`).catch(() => undefined))?.status === 200);
  return { origin, stop: () => stop(child, directory) };
}

async function stop(nginx: ChildProcess, directory: string): Promise<void> {
  nginx.kill('SIGQUIT');
  await once(nginx, 'exit');
  rmSync(directory, { recursive: true, force: true });
}

function configuration(directory: string, port: number, servers: readonly string[]): string {
  const upstream = servers.map((server) => `server ${new URL(server).host} max_fails=0;`).join(' ');
  const site = readFileSync(join(__dirname, '../deploy/nginx.conf'), 'utf8')
    .replace('server 127.0.0.1:3000 max_fails=0;', upstream)
    .replace('listen 80;', `listen 127.0.0.1:${port};`);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/temporary/${name};`)
    .join(' ');
  // Workers of a master that runs as root would otherwise run as an account that cannot write here.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `${user} daemon off; pid ${directory}/pid; error_log stderr warn; events {} http { access_log off; ${paths} ${site} }`;
}

/** Returns a port that no program uses at the moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
