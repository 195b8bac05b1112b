// Before `npm pack`: dist/ from the sources, and the core of this platform into prebuilds/, so that whoever installs
// the tarball on the same platform needs no compiler.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

rmSync(new URL('../prebuilds', import.meta.url), { recursive: true, force: true });
for (const [script, ...flags] of [['build-dist.mjs'], ['build-core.mjs', '--prebuild']]) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { status } = spawnSync(process.execPath, [path, ...flags], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
