// Runs after `npm install` in a checkout, never for those who install the package: builds the native core.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const buildCore = fileURLToPath(new URL('build-core.mjs', import.meta.url));
process.exitCode = spawnSync(process.execPath, [buildCore], { stdio: 'inherit' }).status ?? 1;
