import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PROPERTIES, PROPERTY_NAMES } from '../../prove/properties';

const MAIN = join(__dirname, '../../dist/prove/main.js');

interface Printed {
  readonly properties: readonly {
    readonly property: string;
    readonly group: string;
    readonly attempts: number;
    readonly violations: number;
    readonly control: { readonly violations: number };
  }[];
  readonly ineffective: readonly string[];
}

async function prove(...options: string[]): Promise<{ code: unknown; output: string; errors: string }> {
  const child = spawn(process.execPath, [MAIN, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, output, errors };
}

describe('npm run prove', () => {
  let run: Awaited<ReturnType<typeof prove>>;
  let printed: Printed;

  beforeAll(async () => {
    run = await prove('--seconds', '3', '--seed', '1', '--json');
    printed = JSON.parse(run.output || '{}') as Printed;
  });

  it('finds no violation of any property', () => {
    expect(run.errors).not.toContain('VIOLATIONS');
    expect(printed.properties.map(({ property, violations }) => [property, violations])).toEqual(
      PROPERTY_NAMES.map((name) => [PROPERTIES[name].text, 0]),
    );
    for (const { attempts } of printed.properties) expect(attempts).toBeGreaterThan(0);
    expect(run.code).toBe(0);
  });

  it.each(['races', 'model', 'crash', 'input', 'failover', 'sql', 'shutdown', 'audit'])(
    'finds violations in the control group by %s',
    (group) => {
      const violated = printed.properties.filter((row) => row.group === group && row.control.violations > 0);
      expect(violated.length).toBeGreaterThan(0);
      expect(printed.ineffective).toEqual([]);
    },
  );

  it('reports its plan, its seed and every kill', () => {
    expect(run.errors).toContain('The seed is 1.');
    expect(run.errors).toMatch(/Phaseline, crash: kill 2 of 2/);
  });
});
