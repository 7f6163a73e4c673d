import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const TERMINAL = join(__dirname, '../../dist/src/terminal');

/** Runs a program whose main function is given, and that knows `Interrupted`. */
function run(main: string, ...args: string[]): [code: number | null, stderr: string] {
  const program = `
    const { runProgram } = require(${JSON.stringify(join(TERMINAL, 'run-program.js'))});
    const { Interrupted } = require(${JSON.stringify(join(TERMINAL, 'interruption.js'))});
    void runProgram('demo', ${main}, { failed: 7 });`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', program, 'demo', ...args], { encoding: 'utf8' });
  return [status, stderr];
}

describe('runProgram', () => {
  it('ends with the exit code that the program gives, and gives it the command line', () => {
    expect(run('async (argv) => Number(argv.at(-1))', '3')).toEqual([3, '']);
  });

  it('lets the program finish what it is still printing', () => {
    expect(run(`async () => { setTimeout(() => console.error('later'), 100); return 3; }`)).toEqual([3, 'later\n']);
  });

  it('says what went wrong, and no more', () => {
    expect(run(`async () => { throw new Error('It is not there.'); }`)).toEqual([7, 'demo: It is not there.\n']);
  });

  it.each(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'])('tells the place of a %s', (fault) => {
    const [code, stderr] = run(`async () => { throw new ${fault}('Not so.'); }`);
    expect([code, stderr]).toEqual([7, expect.stringMatching(`^demo: ${fault}: Not so\\.\\n +at .+:\\d+`)]);
  });

  it.each([
    ['', 'interrupted'],
    ['interrupted; nothing was written', 'interrupted; nothing was written'],
  ])('ends with 130 when it was interrupted, and says %j', (message, said) => {
    const thrown = message === '' ? 'new Interrupted()' : `new Interrupted(${JSON.stringify(message)})`;
    expect(run(`async () => { throw ${thrown}; }`)).toEqual([130, `demo: ${said}\n`]);
  });

  it('takes no error for an interruption that only says so', () => {
    expect(run(`async () => { throw new Error('interrupted'); }`)).toEqual([7, 'demo: interrupted\n']);
  });
});
