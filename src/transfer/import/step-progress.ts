import { startProgress, type Progress, type ProgressState } from '../../terminal/progress';

/** Shows the steps of an import, one after the other, on the error stream. */
export class StepProgress {
  private current: Progress | undefined;

  begin(read: () => ProgressState): void {
    this.stop();
    this.current = startProgress(process.stderr, read);
  }

  /** Prints a message so that it does not spoil what is shown. */
  readonly tell = (message: string): void => {
    if (this.current === undefined) process.stderr.write(`${message}\n`);
    else this.current.tell(message);
  };

  stop(): void {
    this.current?.stop();
    this.current = undefined;
  }
}
