// Draws the picture of the built-in workflow that the README shows, with what was built: npm run diagram
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const { SDLC } = require('../dist/src/machine/sdlc.js');
const { DiagramService } = require('../dist/src/workflows/diagram/diagram.service.js');

const diagrams = new DiagramService();
writeFileSync('docs/diagrams/sdlc.svg', `${await diagrams.svgOf(SDLC)}\n`);
await diagrams.onModuleDestroy();
