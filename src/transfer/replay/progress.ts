import { Presets, SingleBar } from 'cli-progress';
import { formatNumber } from './report-text';

/** Where a run is. */
export interface ProgressState {
  /** Of the log, from 0 to 1. */
  readonly fraction: number;
  readonly tickets: number;
  readonly accepted: number;
  readonly refused: number;
}

/** Shows how far a run is, and prints messages so that neither spoils the other. */
export interface Progress {
  tell(message: string): void;
  stop(): void;
}

const BAR_EVERY_MS = 200;
const LINE_EVERY_MS = 5000;

/** A bar on a terminal, a plain line every few seconds anywhere else. */
export function startProgress(out: NodeJS.WriteStream, read: () => ProgressState): Progress {
  return out.isTTY ? startBar(out, read) : startLines(out, read);
}

function startBar(out: NodeJS.WriteStream, read: () => ProgressState): Progress {
  const format = '{bar} {percentage} %  {state}';
  const bar = new SingleBar({ stream: out, format, hideCursor: true, barsize: 24 }, Presets.shades_classic);
  const update = (): void => {
    const state = read();
    bar.update(Math.floor(state.fraction * 100), { state: describe(state) });
  };
  bar.start(100, 0, { state: describe(read()) });
  const timer = setInterval(update, BAR_EVERY_MS);
  return {
    tell: (message) => void out.write(`\r\x1b[K${message}\n`),
    stop: () => {
      clearInterval(timer);
      update();
      bar.stop();
    },
  };
}

function startLines(out: NodeJS.WriteStream, read: () => ProgressState): Progress {
  const timer = setInterval(() => {
    const state = read();
    out.write(`${Math.floor(state.fraction * 100)} %  ${describe(state)}\n`);
  }, LINE_EVERY_MS);
  return {
    tell: (message) => void out.write(`${message}\n`),
    stop: () => clearInterval(timer),
  };
}

function describe({ tickets, accepted, refused }: ProgressState): string {
  const moves = `${formatNumber(accepted)} moves accepted, ${formatNumber(refused)} refused`;
  return `${formatNumber(tickets)} tickets, ${moves}`;
}
