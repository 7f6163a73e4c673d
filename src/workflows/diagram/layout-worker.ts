import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DomainError } from '../../problems/domain-error';

/** Looked for at once: without it nothing starts, instead of every diagram failing later. */
const LIBRARY = pathToFileURL(require.resolve('@hpcc-js/wasm-graphviz')).href;

export interface LayoutLimits {
  /** From when a layout is asked for to when it is given up. */
  readonly timeLimitMs: number;
  /** How many may wait for the one that is under way. */
  readonly mostWaiting: number;
  /** How long the thread stays when there is nothing to do. */
  readonly idleMs: number;
}

const LIMITS: LayoutLimits = { timeLimitMs: 5_000, mostWaiting: 16, idleMs: 30_000 };

/** What the largest graph that is drawn needs, ten times. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 128 };

/**
 * What the thread does. It is text, because a file would be TypeScript under Jest and JavaScript in `dist`, and because
 * such a thread loads the library, an ES module, with Node's own loader under both.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const loading = import(workerData.library).then(({ Graphviz }) => Graphviz.load());
parentPort.on('message', async (dot) => {
  try {
    parentPort.postMessage({ layout: (await loading).layout(dot, 'json0', 'dot') });
  } catch (error) {
    parentPort.postMessage({ failure: String(error) });
  }
});
`;

interface Job {
  readonly dot: string;
  readonly resolve: (layout: string) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

type Answer = { readonly layout: string } | { readonly failure: string };

/**
 * Lays graphs out in a thread of its own, one at a time, so that nothing else waits for it. The thread starts with the
 * first graph and ends when there has been nothing to do for a while; it does not keep the process alive.
 */
export class LayoutWorker {
  private readonly limits: LayoutLimits;
  private readonly waiting: Job[] = [];
  private current?: Job;
  private thread?: Worker;
  private idleTimer?: NodeJS.Timeout;
  private closed = false;

  constructor(limits: Partial<LayoutLimits> = {}) {
    this.limits = { ...LIMITS, ...limits };
  }

  /**
   * @param dot a graph in Graphviz's language
   * @returns where everything is, as Graphviz's `json0`
   * @throws DomainError busy when too many wait, when it takes too long, or after `close`
   */
  layOut(dot: string): Promise<string> {
    if (this.closed) return Promise.reject(closing());
    if (this.waiting.length >= this.limits.mostWaiting) {
      const detail = `${this.waiting.length} diagrams are waiting to be drawn already.`;
      return Promise.reject(new DomainError('busy', detail));
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.giveUp(job), this.limits.timeLimitMs);
      const job: Job = { dot, resolve, reject, timer };
      this.waiting.push(job);
      this.next();
    });
  }

  /** Ends the thread for good. What was not drawn yet is `busy`. */
  async close(): Promise<void> {
    this.closed = true;
    for (const job of this.waiting.splice(0)) settle(job, () => job.reject(closing()));
    this.finish((job) => job.reject(closing()));
    await this.endThread();
  }

  private next(): void {
    if (this.current !== undefined) return;
    this.current = this.waiting.shift();
    if (this.current === undefined) return this.rest();
    clearTimeout(this.idleTimer);
    this.thread ??= this.startThread();
    this.thread.ref();
    this.thread.postMessage(this.current.dot);
  }

  private rest(): void {
    this.thread?.unref();
    this.idleTimer = setTimeout(() => void this.endThread(), this.limits.idleMs).unref();
  }

  private startThread(): Worker {
    // Neither the settings of this process nor its environment, in which there are secrets, are the thread's business.
    const isolation = { env: {}, execArgv: [], resourceLimits: RESOURCE_LIMITS };
    const thread = new Worker(PROGRAM, {
      eval: true,
      name: 'diagrams',
      workerData: { library: LIBRARY },
      ...isolation,
    });
    thread.on('message', (answer: Answer) => {
      // One that was given up may have answered at the last moment, and the current graph is another one.
      if (thread !== this.thread) return;
      if ('layout' in answer) this.finish((job) => job.resolve(answer.layout));
      else this.fail(thread, new Error(`Graphviz failed: ${answer.failure}`));
    });
    thread.on('error', (cause) => this.fail(thread, new Error('The thread that draws diagrams failed', { cause })));
    thread.on('exit', (code) => this.fail(thread, new Error(`The thread that draws diagrams ended with ${code}`)));
    return thread;
  }

  /** The thread is in an unknown state: it is ended, and the next graph gets another. */
  private fail(thread: Worker, error: Error): void {
    if (thread !== this.thread) return;
    void this.endThread();
    this.finish((job) => job.reject(error));
  }

  private giveUp(job: Job): void {
    const detail = `The diagram was not drawn within ${this.limits.timeLimitMs / 1000} s.`;
    const error = new DomainError('busy', detail);
    if (job === this.current) {
      void this.endThread();
      this.finish(() => job.reject(error));
      return;
    }
    this.waiting.splice(this.waiting.indexOf(job), 1);
    settle(job, () => job.reject(error));
  }

  private finish(answer: (job: Job) => void): void {
    const job = this.current;
    this.current = undefined;
    if (job !== undefined) settle(job, () => answer(job));
    this.next();
  }

  private async endThread(): Promise<void> {
    clearTimeout(this.idleTimer);
    const thread = this.thread;
    this.thread = undefined;
    await thread?.terminate();
  }
}

function settle(job: Job, answer: () => void): void {
  clearTimeout(job.timer);
  answer();
}

function closing(): DomainError {
  return new DomainError('busy', 'The process is shutting down.');
}
