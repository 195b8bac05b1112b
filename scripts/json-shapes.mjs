// Writes docs/json/ from the schemas that the commands check their own answers with.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jsonShapeFiles } from '../src/cli/json-shapes.ts';

const folder = fileURLToPath(new URL('../docs/json/', import.meta.url));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(jsonShapeFiles())) writeFileSync(folder + name, text);
