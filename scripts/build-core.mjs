// Builds the native core with node-gyp, when its sources changed. No network, no home directory needed:
// the headers come from the npm package `node`, or from beside the Node that runs this.
//   node scripts/build-core.mjs [--prebuild]    --prebuild copies the result to prebuilds/, for `npm pack`
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const core = join(root, 'src/engine/core');
const platform = `${process.platform}-${process.arch}`;
const built = join(core, 'build/Release/pathact_core.node');
const prebuilt = join(root, 'prebuilds', platform, 'pathact_core.node');
const require = createRequire(import.meta.url);

/** The hash of everything the build reads; a core is up to date when the hash beside it is the same. */
export function sourceHash() {
  const hash = createHash('sha256').update(platform);
  for (const file of readdirSync(core, { recursive: true }).map(String).sort()) {
    if (/^build[\\/]/.test(file) || !/\.(cpp|h|gyp)$/.test(file)) continue;
    hash.update(file.replaceAll('\\', '/')).update(readFileSync(join(core, file)));
  }
  return hash.digest('hex');
}

/** Where an up-to-date core lies: packed with the package, or built here. Undefined when there is none. */
export function findCores() {
  const hash = sourceHash();
  return [prebuilt, built].filter((file) => existsSync(file) && readIfThere(`${file}.hash`) === hash);
}

/**
 * Builds the core where it is missing or out of date and returns its file. `say` gets one line before a build.
 * Throws an Error whose message ends with the tool's last lines.
 */
export function buildCore(say) {
  const hash = sourceHash();
  if (existsSync(built) && readIfThere(`${built}.hash`) === hash) return built;
  say(`building the native core for ${platform} (about a minute) …`);
  const unlock = lock(join(root, 'build/core.lock'));
  try {
    if (existsSync(built) && readIfThere(`${built}.hash`) === hash) return built; // another process was faster
    compile();
    writeFileSync(`${built}.hash`, hash);
    return built;
  } finally {
    unlock();
  }
}

function compile() {
  const gyp = require.resolve('node-gyp/bin/node-gyp.js');
  const headers = nodeDirectory();
  const args = [gyp, 'rebuild', '--jobs', 'max', ...(headers ? [`--nodedir=${headers}`] : [])];
  const path = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  const ran = spawnSync(process.execPath, args, {
    cwd: core,
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
  });
  if (ran.status === 0 && existsSync(built)) return;
  const output = `${ran.stdout ?? ''}${ran.stderr ?? ''}${ran.error ?? ''}`.trim();
  throw new Error(`the native core could not be built:\n${output.split('\n').slice(-25).join('\n')}`);
}

/** A folder with include/node: of the npm package `node`, or of the running Node. Undefined: node-gyp looks itself. */
function nodeDirectory() {
  const kept = join(root, 'build/node-headers');
  const packaged = [
    join(root, 'node_modules/node/node_modules', `node-${platform}`),
    join(root, 'node_modules', `node-${platform}`),
  ].find(hasHeaders);
  // npm removes the platform package at the next install; these few files are all that a build needs.
  if (packaged) return keepHeaders(packaged, kept);
  const beside = dirname(dirname(realpathSync(process.execPath)));
  return [kept, beside, '/usr', '/usr/local'].find(hasHeaders);
}

const hasHeaders = (folder) =>
  existsSync(join(folder, 'include/node/node_api.h')) && existsSync(join(folder, 'include/node/common.gypi'));

function keepHeaders(from, to) {
  const wanted = [
    'node_api.h',
    'node_api_types.h',
    'js_native_api.h',
    'js_native_api_types.h',
    'common.gypi',
    'config.gypi',
    'node_version.h',
  ];
  mkdirSync(join(to, 'include/node'), { recursive: true });
  for (const file of wanted) cpSync(join(from, 'include/node', file), join(to, 'include/node', file));
  return to;
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

// One build at a time; a lock whose process is gone is taken over.
function lock(file) {
  mkdirSync(dirname(file), { recursive: true });
  for (let waited = 0; ; waited++) {
    try {
      const handle = openSync(file, 'wx');
      writeFileSync(handle, String(process.pid));
      closeSync(handle);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!isRunning(Number(readIfThere(file))) || waited > 6000) rmSync(file, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

function isRunning(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function main() {
  const file = buildCore((line) => console.error(line));
  if (!process.argv.includes('--prebuild')) return;
  mkdirSync(dirname(prebuilt), { recursive: true });
  copyFileSync(file, prebuilt);
  copyFileSync(`${file}.hash`, `${prebuilt}.hash`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (error) {
    console.error(`error: ${error.message}`);
    console.error('  It needs python3, make and a C++20 compiler (Debian: apt install python3 make g++).');
    process.exitCode = 1;
  }
}
