import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CLAIM_NAMES, CLAIMS } from '../../prove/claims';
import { Ledger } from '../../prove/ledger';
import { verdictOf } from '../../prove/report';

const MAIN = join(__dirname, '../../dist/prove/main.js');

interface Printed {
  readonly claims: readonly {
    readonly claim: string;
    readonly by: string;
    readonly attempts: number;
    readonly violations: number;
    readonly control: { readonly violations: number };
  }[];
  readonly blind: readonly string[];
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
  }, 120_000);

  it('finds that every claim holds', () => {
    expect(run.errors).not.toContain('VIOLATIONS');
    expect(printed.claims.map(({ claim, violations }) => [claim, violations])).toEqual(
      CLAIM_NAMES.map((name) => [CLAIMS[name].text, 0]),
    );
    for (const { attempts } of printed.claims) expect(attempts).toBeGreaterThan(0);
    expect(run.code).toBe(0);
  });

  it.each(['races', 'model', 'crash', 'input', 'audit'])('catches the control group by %s', (by) => {
    const caught = printed.claims.filter((claim) => claim.by === by && claim.control.violations > 0);
    expect(caught.length).toBeGreaterThan(0);
    expect(printed.blind).toEqual([]);
  });

  it('tells how much it did, and how to repeat it', () => {
    expect(run.errors).toContain('The seed is 1.');
    expect(run.errors).toMatch(/Phaseline, crash: kill 2 of 2/);
  });
});

describe('the verdict of a proof', () => {
  it('is against an attack that did not catch the control group', () => {
    const verdict = verdictOf(new Ledger(), new Ledger(), ['races', 'model']);
    expect(verdict.blind).toEqual(['races', 'model', 'audit']);
  });

  it('tells each violation', () => {
    const ledger = new Ledger();
    ledger.judge('equalMoves', ['two were made']);
    const { rows, violations } = verdictOf(ledger, new Ledger(), ['races']);
    expect(rows).toMatchObject([{ attempts: 1, violations: 1 }]);
    expect(violations).toEqual(['Of equal moves at once, one is made: two were made']);
  });
});
