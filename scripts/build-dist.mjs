// Compiles the TypeScript into dist/, which is what the packed tarball runs (Node strips no types under node_modules),
// and puts beside it the files that the code reads at run time. data/ and the core stay where they are.
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
compile();
copyAssets();

function compile() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  if (compiled.status !== 0) process.exit(compiled.status ?? 1);
}

function copyAssets() {
  const isCore = (path) => path.startsWith(join('src', 'engine', 'core'));
  for (const path of globSync('{src,agents,graphs,evals}/**/*.*', { cwd: root })) {
    if (path.endsWith('.ts') || isCore(path)) continue;
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    cpSync(join(root, path), join(dist, path), { recursive: true });
  }
}
