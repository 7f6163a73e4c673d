import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../../ormconfig';
import { inTransaction } from '../../../database/transaction';
import { SDLC_KEY } from '../../../machine/sdlc';
import { DEFAULT_PROJECT_KEY } from '../../../access/project.entity';
import type { ImportDatabase } from '../import-database';
import { Session } from '../session';
import type { ExportFrame } from './export-frame';
import { storeFrame, type StoredFrame } from './frame-store';
import type { PastTools } from './past-dealing';
import { PastWriter } from './past-writer';
import { NO_PASTS, PastsOfDatabase } from './stored-past';

/** Where the tickets of an export go, and what is known of those that are there. */
export interface PastTarget extends Pick<PastTools, 'stored' | 'writer'> {
  readonly added: StoredFrame;
  readonly reading: Session;
  close(): Promise<void>;
}

const NO_WRITER: PastTools['writer'] = { write: () => Promise.resolve() };

/**
 * Opens the database for the tickets of an export, with all that they name.
 *
 * @param isDry then nothing is written, only looked at
 * @throws TransferError where the database has something else under the names that the export has
 */
export async function openPastTarget(
  { url, isEmpty }: ImportDatabase,
  frame: ExportFrame,
  isDry: boolean,
  tell: (message: string) => void,
): Promise<PastTarget> {
  const sessions = [await Session.open(url)];
  const close = async (): Promise<void> => void (await Promise.all(sessions.map((session) => session.close())));
  try {
    const reading = sessions[0]!;
    if (isEmpty) return { added: newFrame(frame), reading, stored: NO_PASTS, writer: NO_WRITER, close };
    const added = await storeIn(url, frame, isDry, tell);
    const stored = new PastsOfDatabase(reading);
    if (isDry) return { added, reading, stored, writer: NO_WRITER, close };
    sessions.push(await Session.open(url));
    return { added, reading, stored, writer: new PastWriter(sessions[1]!), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a database would get that has what every database has from its birth. */
function newFrame({ lines: { projects, workflows, graphs } }: ExportFrame): StoredFrame {
  return {
    projects: projects.filter(({ key }) => key !== DEFAULT_PROJECT_KEY).length,
    workflows: workflows.filter(({ key }) => key !== SDLC_KEY).length,
    graphs: graphs.filter(({ workflow, version }) => workflow !== SDLC_KEY || version !== 1).length,
  };
}

async function storeIn(
  url: string,
  frame: ExportFrame,
  isDry: boolean,
  tell: (message: string) => void,
): Promise<StoredFrame> {
  const dataSource = await new DataSource(dataSourceOptions(url, 1)).initialize();
  try {
    if (!isDry) return await inTransaction(dataSource, (manager) => storeFrame(manager, frame, tell));
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.startTransaction('READ COMMITTED');
    try {
      return await storeFrame(queryRunner.manager, frame, tell);
    } finally {
      await queryRunner.rollbackTransaction();
      await queryRunner.release();
    }
  } finally {
    await dataSource.destroy();
  }
}
