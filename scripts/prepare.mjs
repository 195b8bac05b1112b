// Runs after `npm install` in a checkout (never for those who install the package): builds the native core
// and makes `npx pathact` find this checkout.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const link = `${root}node_modules/.bin/pathact`;
rmSync(link, { force: true });
symlinkSync('../../bin/pathact.js', link);

if (existsSync(`${root}scripts/build-core.mjs`)) {
  const { status } = spawnSync(process.execPath, [`${root}scripts/build-core.mjs`], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
