import { EXPORT_TYPE, EXPORT_VERSION } from '../../export/export-format';
import { LineBlocks, type FileLine } from '../../log/line-blocks';
import type { LogFile } from '../../log/log-file';
import { TransferError } from '../../transfer-error';
import { ExportPreamble, type PreambleLines } from './export-frame';
import { readExportLine, type ExportLine } from './export-line';

/** An export of which all has been read that stands before its tickets. */
export interface OpenExport {
  readonly preamble: ExportPreamble;
  /** The lines behind the frame, read as they are asked for. @throws BrokenFileError where the file breaks off */
  readonly lines: AsyncGenerator<FileLine>;
  /** How many lines stand before them. */
  readonly linesRead: number;
}

/** Bytes that a line may have: all lines of a ticket are held in memory together. */
const LONGEST = 16_000_000;
const SHOWN_PROBLEMS = 10;

/**
 * Reads an export as far as what tickets name.
 *
 * @throws TransferError when it is none that this version reads, or something is wrong with that
 */
export async function openExport(file: LogFile): Promise<OpenExport> {
  const { path } = file;
  const lines = readLines(file);
  checkHeader(path, (await lines.next()).value);
  const { found, next } = await readPreamble(path, lines);
  const preamble = ExportPreamble.of(found);
  if (!(preamble instanceof ExportPreamble)) throw unsound(path, preamble);
  const linesRead = 1 + found.projects.length + found.workflows.length + found.graphs.length;
  return { preamble, lines: continued(next, lines), linesRead };
}

async function* readLines(file: LogFile): AsyncGenerator<FileLine, undefined> {
  const blocks = new LineBlocks(LONGEST);
  for await (const block of file.blocks()) yield* blocks.push(block);
  yield* blocks.end();
}

async function* continued(next: FileLine | undefined, lines: AsyncGenerator<FileLine>): AsyncGenerator<FileLine> {
  if (next === undefined) return;
  yield next;
  yield* lines;
}

function checkHeader(path: string, line: FileLine | undefined): void {
  const header = line !== undefined && 'text' in line ? parse(line.text) : undefined;
  if (header?.['type'] !== EXPORT_TYPE) throw new TransferError(`${path} does not begin as an export does`);
  const { version } = header;
  if (version === EXPORT_VERSION) return;
  throw new TransferError(
    `${path} is an export of format version ${JSON.stringify(version)}; this version of Phaseline reads ${EXPORT_VERSION}. ` +
      'Nothing was imported.',
  );
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** How a line begins that is not about what tickets name, broken or not. */
const IS_OF_TICKET = /^\s*\{\s*"type"\s*:\s*"(ticket|move|event|end)"/;

/** Reads up to the first line that is about something else. */
async function readPreamble(
  path: string,
  lines: AsyncGenerator<FileLine, undefined>,
): Promise<{ found: PreambleLines; next: FileLine | undefined }> {
  const found = { projects: [], workflows: [], graphs: [] } as {
    [Kind in keyof PreambleLines]: PreambleLines[Kind][number][];
  };
  for (;;) {
    const { value: line } = await lines.next();
    if (line === undefined) return { found, next: undefined };
    if ('text' in line && IS_OF_TICKET.test(line.text)) return { found, next: line };
    const value = valueOf(path, line);
    if (value.type === 'project') found.projects.push(value);
    else if (value.type === 'workflow') found.workflows.push(value);
    else if (value.type === 'graph') found.graphs.push(value);
    else return { found, next: line };
  }
}

function valueOf(path: string, line: FileLine): ExportLine {
  const value = 'problem' in line ? line.problem : readExportLine(line.text);
  if (typeof value !== 'string') return value;
  throw new TransferError(`${path}, line ${line.line}: ${value}. Nothing was imported.`);
}

function unsound(path: string, problems: readonly string[]): TransferError {
  const quoted = problems.slice(0, SHOWN_PROBLEMS).map((problem) => `\n  ${problem}`);
  const more = problems.length > SHOWN_PROBLEMS ? `\n  … and ${problems.length - SHOWN_PROBLEMS} more` : '';
  return new TransferError(
    `The projects and workflows of ${path} are not sound; nothing was imported:${quoted.join('')}${more}`,
  );
}
