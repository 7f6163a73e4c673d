import { Presets, SingleBar } from 'cli-progress';
import { formatDuration, Pace } from './pace';
import { formatNumber } from './table';

/** Where a run is. */
export interface ProgressState {
  /** Of the whole, from 0 to 1. */
  readonly fraction: number;
  /** The rest, in words. */
  readonly text: string;
  /** What a rate is told of, such as 5 rows; with it comes the time left. */
  readonly done?: { readonly count: number; readonly unit: string };
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
  const pace = new Pace();
  const describe = (): ProgressState => {
    const state = read();
    return { ...state, text: [state.text, ...speedOf(state, pace)].join(', ') };
  };
  return out.isTTY ? startBar(out, describe) : startLines(out, describe);
}

function speedOf({ fraction, done }: ProgressState, pace: Pace): string[] {
  if (done === undefined) return [];
  const { perSecond, secondsLeft } = pace.observe(performance.now(), { fraction, count: done.count });
  return [
    ...(perSecond === undefined ? [] : [`${formatNumber(Math.round(perSecond))} ${done.unit}/s`]),
    ...(secondsLeft === undefined ? [] : [`${formatDuration(secondsLeft)} left`]),
  ];
}

function startBar(out: NodeJS.WriteStream, read: () => ProgressState): Progress {
  const format = '{bar} {percentage} %  {text}';
  const bar = new SingleBar({ stream: out, format, hideCursor: true, barsize: 24 }, Presets.shades_classic);
  const update = (): void => {
    const { fraction, text } = read();
    bar.update(Math.floor(fraction * 100), { text });
  };
  bar.start(100, 0, { text: read().text });
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
  read();
  const timer = setInterval(() => {
    const { fraction, text } = read();
    out.write(`${Math.floor(fraction * 100)} %  ${text}\n`);
  }, LINE_EVERY_MS);
  return {
    tell: (message) => void out.write(`${message}\n`),
    stop: () => clearInterval(timer),
  };
}
