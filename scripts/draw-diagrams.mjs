// Redraws the diagrams in docs/diagrams/: npm run diagrams. A test fails when they are out of date.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SDLC } from '../dist/src/machine/sdlc.js';
import { DiagramService } from '../dist/src/workflows/diagram/diagram.service.js';

const directory = join(import.meta.dirname, '../docs/diagrams');
const diagrams = new DiagramService();
mkdirSync(directory, { recursive: true });
writeFileSync(join(directory, 'sdlc.svg'), await diagrams.toSvg(SDLC));
await diagrams.onModuleDestroy();
console.log(`Drew ${join(directory, 'sdlc.svg')}.`);
