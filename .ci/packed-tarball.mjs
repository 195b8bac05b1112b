// Packs the package, installs the tarball into an empty prefix with an empty home, and runs it from there: no compiler,
// no checkout, no devDependencies.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'pathact-pack-'));
const prefix = join(scratch, 'prefix');
const home = join(scratch, 'home');
mkdirSync(home);

try {
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', scratch]));
  npm(['install', '--global', '--prefix', prefix, '--no-fund', '--no-audit', join(scratch, filename)]);
  const installed = join(prefix, 'lib/node_modules/pathact');
  assert.ok(
    existsSync(join(installed, 'prebuilds', `${process.platform}-${process.arch}`)),
    'the core is packed',
  );
  assert.ok(!existsSync(join(installed, 'src/cli')), 'the sources are not');

  assert.match(pathact(['--help']).stdout, /Usage: pathact/);
  const stats = JSON.parse(pathact(['graph', 'stats', '--json']).stdout);
  assert.ok(stats.nodes >= 600, 'the curated graph is packed');
  const doctor = pathact(['doctor', '--json']);
  const { checks } = JSON.parse(doctor.stdout);
  const missing = checks.filter(({ state }) => state === 'missing').map(({ name }) => name);
  assert.deepEqual(missing, ['default model'], doctor.stdout);
  assert.equal(doctor.status, 4);
  assert.ok(!existsSync(join(installed, 'src/engine/core/build')), 'nothing was compiled');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function npm(args) {
  const env = { ...process.env, npm_config_cache: join(scratch, 'cache') };
  return execFileSync('npm', args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** With the Node that runs this and nothing else of the checkout. */
function pathact(args) {
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: home };
  const ran = spawnSync(process.execPath, [join(prefix, 'bin/pathact'), ...args], {
    encoding: 'utf8',
    env,
    cwd: home,
  });
  if (ran.status !== 0) process.stderr.write(ran.stderr);
  return ran;
}
