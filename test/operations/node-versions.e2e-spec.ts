import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** Runs the script that `npm start` runs first, as another version of Node would. Without a step it changes nothing. */
function prepareOn(version: string): [code: number | null, stderr: string] {
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;
  const args = ['--import', pretend, join(ROOT, 'scripts/prepare.mjs')];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return [status, stderr];
}

describe('The Node versions in package.json', () => {
  const { node: supported } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).engines;

  it.each(['20.19.0', '20.20.2', '22.12.0', '22.13.1', '23.0.0', '24.0.0', '26.10.0', '30.1.0'])(
    'include %s',
    (version) => expect(prepareOn(version)).toEqual([0, 'Everything is up to date.\n']),
  );

  it.each(['18.20.8', '20.9.0', '20.18.3', '21.7.3', '22.11.0'])('exclude %s, and one line says so', (version) => {
    const message = `Phaseline does not run on Node ${version}. Install a version of ${supported}.\n`;
    expect(prepareOn(version)).toEqual([1, message]);
  });

  it('are the versions in package-lock.json', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
    expect(lock.packages[''].engines.node).toBe(supported);
  });
});

describe('scripts/prepare.mjs', () => {
  it('names the steps it has when it gets another one', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/prepare.mjs'), 'deploy'], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, 'Unknown step "deploy". Use run, install, build or rebuild, and --quiet.\n']);
  });
});
