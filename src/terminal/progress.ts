import { Presets, SingleBar } from 'cli-progress';
import { formatDuration, Pace } from './pace';
import { printable, printableLine } from './printable';
import { formatNumber } from './table';

/** State of a run, as it is displayed. */
export interface ProgressState {
  /** Finished fraction, from 0 to 1. */
  readonly fraction: number;
  /** Text beside the percentage. */
  readonly text: string;
  /** Finished items, such as 5 rows. With them the display shows the rate and the remaining time. */
  readonly done?: { readonly count: number; readonly unit: string };
}

/** Displays the state of a run, and prints messages without breaking the display. */
export interface ProgressDisplay {
  print(message: string): void;
  stop(): void;
}

const BAR_EVERY_MS = 200;
const LINE_EVERY_MS = 5000;

/** Starts a progress bar on a terminal, or a plain line every five seconds elsewhere. */
export function startProgress(out: NodeJS.WriteStream, read: () => ProgressState): ProgressDisplay {
  const pace = new Pace();
  const describe = (): ProgressState => {
    const state = read();
    return { ...state, text: printableLine([state.text, ...speedOf(state, pace)].join(', ')) };
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

function startBar(out: NodeJS.WriteStream, read: () => ProgressState): ProgressDisplay {
  const format = '{bar} {percentage} %  {text}';
  const bar = new SingleBar({ stream: out, format, hideCursor: true, barsize: 24 }, Presets.shades_classic);
  const update = (): void => {
    const { fraction, text } = read();
    bar.update(Math.floor(fraction * 100), { text });
  };
  bar.start(100, 0, { text: read().text });
  const timer = setInterval(update, BAR_EVERY_MS);
  return {
    print: (message) => void out.write(`\r\x1b[K${printable(message)}\n`),
    stop: () => {
      clearInterval(timer);
      update();
      bar.stop();
    },
  };
}

function startLines(out: NodeJS.WriteStream, read: () => ProgressState): ProgressDisplay {
  read();
  const timer = setInterval(() => {
    const { fraction, text } = read();
    out.write(`${Math.floor(fraction * 100)} %  ${text}\n`);
  }, LINE_EVERY_MS);
  return {
    print: (message) => void out.write(`${printable(message)}\n`),
    stop: () => clearInterval(timer),
  };
}
