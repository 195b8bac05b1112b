// Starts a small eval, presses Ctrl-C in the middle, resumes it, and checks that every sample was asked exactly once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const command = 'npx pathact eval biomaze --data data/biomaze-mini --method cot --limit 20 --json'.split(' ');
const home = mkdtempSync(join(tmpdir(), 'pathact-eval-'));
// A store of its own; the pulled model stays where it is.
const env = { ...process.env, XDG_DATA_HOME: home, XDG_STATE_HOME: home };

try {
  const first = await run(command, { interruptAfter: 5 });
  assert.equal(first.code, 130, 'an interrupted run exits 130');
  assert.ok(first.ids.length >= 5 && first.ids.length < 20, `${first.ids.length} samples before Ctrl-C`);
  const second = await run([...command, '--resume'], {});
  assert.equal(second.code, 0, 'the resumed run exits 0');
  assert.equal(second.lines.at(-1)?.type, 'summary', 'the last line is the summary');
  const asked = [...first.ids, ...second.ids];
  assert.equal(new Set(asked).size, asked.length, 'no sample is asked twice');
  assert.equal(asked.length, 20, 'all 20 samples are asked');
  console.log(`${first.ids.length} before Ctrl-C, ${second.ids.length} after --resume`);
} finally {
  rmSync(home, { recursive: true, force: true });
}

/** Runs it in a process group of its own, as a shell does, so that Ctrl-C reaches npx and pathact alike. */
async function run([program, ...args], { interruptAfter }) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  // npm ends by the signal itself, which a shell reports as 130 too.
  const ended = new Promise((resolve) =>
    child.on('close', (code, signal) => resolve(signal === 'SIGINT' ? 130 : code)),
  );
  const lines = [];
  const finished = () => lines.filter(({ type, status }) => type === 'sample' && status !== 'cancelled');
  for await (const text of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(text));
    if (finished().length === interruptAfter && lines.at(-1).type === 'sample')
      process.kill(-child.pid, 'SIGINT');
  }
  return { code: await ended, lines, ids: finished().map(({ id }) => id) };
}
