import { EXPORT_TYPE, EXPORT_VERSION } from '../../export/export-format';
import { type FileLine, LineBlocks } from '../../log/line-blocks';
import type { LogFile } from '../../log/log-file';
import { TransferError } from '../../transfer-error';
import { ExportPreamble, type PreambleLines } from './export-preamble';
import { type ExportLine, readExportLine } from './export-line';

/** An open export whose preamble has been read. */
export interface OpenExport {
  readonly preamble: ExportPreamble;
  /** The lines after the preamble, read on demand. @throws BrokenFileError when the file is truncated or corrupt */
  readonly lines: AsyncGenerator<FileLine>;
  /** The number of lines before them. */
  readonly linesRead: number;
}

/** The maximum length of a line in bytes. All lines of a ticket are held in memory together. */
const MAX_LINE = 16_000_000;
const MAX_PROBLEMS = 10;

/**
 * Reads the preamble of an export.
 *
 * @throws TransferError when the file is not an export of a supported version or the preamble is invalid
 */
export async function openExport(file: LogFile): Promise<OpenExport> {
  const { path } = file;
  const lines = readLines(file);
  checkHeader(path, (await lines.next()).value);
  const { found, next } = await readPreamble(path, lines);
  const preamble = ExportPreamble.of(found);
  if (!(preamble instanceof ExportPreamble)) throw invalidPreamble(path, preamble);
  const linesRead = 1 + found.projects.length + found.workflows.length + found.graphs.length;
  return { preamble, lines: continued(next, lines), linesRead };
}

async function* readLines(file: LogFile): AsyncGenerator<FileLine, undefined> {
  const blocks = new LineBlocks(MAX_LINE);
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
  if (header?.['type'] !== EXPORT_TYPE) throw new TransferError(`${path} does not start with the header of an export`);
  const { version } = header;
  if (version === EXPORT_VERSION) return;
  throw new TransferError(
    `${path} has the export format version ${JSON.stringify(version)}; this version of Phaseline supports ${EXPORT_VERSION}. ` +
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

/** Matches the start of a line that ends the preamble, even if the rest of the line is invalid. */
const IS_OF_TICKET = /^\s*\{\s*"type"\s*:\s*"(ticket|move|event|end)"/;

/** Reads up to the first line after the preamble. */
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

function invalidPreamble(path: string, problems: readonly string[]): TransferError {
  const listed = problems.slice(0, MAX_PROBLEMS).map((problem) => `\n  ${problem}`);
  const more = problems.length > MAX_PROBLEMS ? `\n  … and ${problems.length - MAX_PROBLEMS} more` : '';
  return new TransferError(
    `The projects and workflows of ${path} are invalid; nothing was imported:${listed.join('')}${more}`,
  );
}
