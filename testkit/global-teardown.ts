import { rmSync } from 'node:fs';

export default async function globalTeardown(): Promise<void> {
  await globalThis.testServer.stop();
  rmSync(globalThis.testDirectory, { recursive: true, force: true });
}
