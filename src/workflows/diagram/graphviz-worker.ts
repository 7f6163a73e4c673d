import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DomainError } from '../../problems/domain-error';

/** Resolved at start: if it is missing, the server does not start, instead of failing with each diagram. */
const LIBRARY = pathToFileURL(require.resolve('@hpcc-js/wasm-graphviz')).href;

export interface GraphvizLimits {
  /** From the call to the result, with the time in the queue. */
  readonly timeLimitMs: number;
  /** Inputs in the queue, without the one that is being drawn. */
  readonly maxWaiting: number;
  /** After this time without work the thread ends. */
  readonly idleMs: number;
}

const LIMITS: GraphvizLimits = { timeLimitMs: 5_000, maxWaiting: 16, idleMs: 30_000 };

/** Ten times the memory that the largest diagram needs. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 128 };

/**
 * The program of the thread. It is text, because a file would be TypeScript under Jest and JavaScript in `dist`, and
 * because a thread from text loads the library, an ES module, with Node's own loader under both.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const loading = import(workerData.library).then(({ Graphviz }) => Graphviz.load());
parentPort.on('message', async (dot) => {
  try {
    parentPort.postMessage({ svg: (await loading).layout(dot, 'svg', 'dot') });
  } catch (error) {
    parentPort.postMessage({ failure: String(error) });
  }
});
`;

interface Job {
  readonly dot: string;
  readonly resolve: (svg: string) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

type GraphvizMessage = { readonly svg: string } | { readonly failure: string };

/**
 * Runs Graphviz in its own thread, one graph at a time, so that the event loop never waits for it. The thread starts with
 * the first graph and ends when it has been idle for a while; it does not keep the process alive.
 */
export class GraphvizWorker {
  private readonly limits: GraphvizLimits;
  private readonly waiting: Job[] = [];
  private current?: Job;
  private thread?: Worker;
  private idleTimer?: NodeJS.Timeout;
  private closed = false;

  constructor(limits: Partial<GraphvizLimits> = {}) {
    this.limits = { ...LIMITS, ...limits };
  }

  /**
   * Draws a graph.
   *
   * @param dot a graph in Graphviz's language
   * @throws DomainError `busy` when the queue is full, when the time limit has passed, or after `close`
   */
  toSvg(dot: string): Promise<string> {
    if (this.closed) return Promise.reject(shuttingDown());
    if (this.waiting.length >= this.limits.maxWaiting) {
      const detail = `${this.waiting.length} diagrams are already waiting. Retry later.`;
      return Promise.reject(new DomainError('busy', detail));
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.expire(job), this.limits.timeLimitMs);
      const job: Job = { dot, resolve, reject, timer };
      this.waiting.push(job);
      this.next();
    });
  }

  /** Ends the thread for good and rejects every waiting graph with `busy`. */
  async close(): Promise<void> {
    this.closed = true;
    for (const job of this.waiting.splice(0)) rejectJob(job, shuttingDown());
    this.finish((job) => job.reject(shuttingDown()));
    await this.endThread();
  }

  private next(): void {
    if (this.current !== undefined) return;
    this.current = this.waiting.shift();
    if (this.current === undefined) return this.startIdling();
    clearTimeout(this.idleTimer);
    this.thread ??= this.startThread();
    this.thread.ref();
    this.thread.postMessage(this.current.dot);
  }

  private startIdling(): void {
    this.thread?.unref();
    this.idleTimer = setTimeout(() => void this.endThread(), this.limits.idleMs).unref();
  }

  private startThread(): Worker {
    // The thread gets neither the options of this process nor its environment, which has secrets.
    const isolation = { env: {}, execArgv: [], resourceLimits: RESOURCE_LIMITS };
    const thread = new Worker(PROGRAM, {
      eval: true,
      name: 'diagrams',
      workerData: { library: LIBRARY },
      ...isolation,
    });
    thread.on('message', (message: GraphvizMessage) => {
      // A thread that was ended can still send a result, for a graph that is no longer the current one.
      if (thread !== this.thread) return;
      if ('svg' in message) this.finish((job) => job.resolve(message.svg));
      else this.fail(thread, new Error(`Graphviz failed: ${message.failure}`));
    });
    thread.on('error', (cause) => this.fail(thread, new Error('The Graphviz thread failed', { cause })));
    thread.on('exit', (code) => this.fail(thread, new Error(`The Graphviz thread ended with code ${code}`)));
    return thread;
  }

  /** Ends a thread in an unknown state; the next graph gets a new one. */
  private fail(thread: Worker, error: Error): void {
    if (thread !== this.thread) return;
    void this.endThread();
    this.finish((job) => job.reject(error));
  }

  private expire(job: Job): void {
    const seconds = this.limits.timeLimitMs / 1000;
    const detail = `The diagram was not drawn within ${seconds} s. Retry later, or use \`format=mermaid\`.`;
    const error = new DomainError('busy', detail);
    if (job === this.current) {
      void this.endThread();
      this.finish(() => job.reject(error));
      return;
    }
    this.waiting.splice(this.waiting.indexOf(job), 1);
    rejectJob(job, error);
  }

  private finish(settle: (job: Job) => void): void {
    const job = this.current;
    this.current = undefined;
    if (job !== undefined) {
      clearTimeout(job.timer);
      settle(job);
    }
    this.next();
  }

  private async endThread(): Promise<void> {
    clearTimeout(this.idleTimer);
    const thread = this.thread;
    this.thread = undefined;
    await thread?.terminate();
  }
}

function rejectJob(job: Job, error: Error): void {
  clearTimeout(job.timer);
  job.reject(error);
}

function shuttingDown(): DomainError {
  return new DomainError('busy', 'The server is shutting down.');
}
