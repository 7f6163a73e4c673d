import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const TERMINAL = join(__dirname, '../../dist/src/terminal');

/** Runs a program with the given main function, which may throw `Interrupted`. */
function run(main: string, ...args: string[]): [code: number | null, stderr: string] {
  const program = `
    const { runProgram } = require(${JSON.stringify(join(TERMINAL, 'run-program.js'))});
    const { Interrupted } = require(${JSON.stringify(join(TERMINAL, 'interruption.js'))});
    void runProgram('demo', ${main}, { failed: 7 });`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', program, 'demo', ...args], { encoding: 'utf8' });
  return [status, stderr];
}

describe('runProgram', () => {
  it('passes the command line, and exits with the returned code', () => {
    expect(run('async (argv) => Number(argv.at(-1))', '3')).toEqual([3, '']);
  });

  it('lets the program finish its output', () => {
    expect(run(`async () => { setTimeout(() => console.error('later'), 100); return 3; }`)).toEqual([3, 'later\n']);
  });

  it('prints only the message of an error', () => {
    expect(run(`async () => { throw new Error('It is not there.'); }`)).toEqual([7, 'demo: It is not there.\n']);
  });

  it.each(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'])('prints the stack of a %s', (defect) => {
    const [code, stderr] = run(`async () => { throw new ${defect}('Not so.'); }`);
    expect([code, stderr]).toEqual([7, expect.stringMatching(`^demo: ${defect}: Not so\\.\\n +at .+:\\d+`)]);
  });

  it.each([
    ['', 'interrupted'],
    ['interrupted; nothing was written', 'interrupted; nothing was written'],
  ])('exits with 130 after an interruption with the message %j', (message, printed) => {
    const thrown = message === '' ? 'new Interrupted()' : `new Interrupted(${JSON.stringify(message)})`;
    expect(run(`async () => { throw ${thrown}; }`)).toEqual([130, `demo: ${printed}\n`]);
  });

  it('does not take an error with the message "interrupted" for an interruption', () => {
    expect(run(`async () => { throw new Error('interrupted'); }`)).toEqual([7, 'demo: interrupted\n']);
  });
});
