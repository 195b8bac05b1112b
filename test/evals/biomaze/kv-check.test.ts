import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { kvCheckSchema } from '../../../evals/biomaze/kv-check.ts';
import { wilsonInterval } from '../../../evals/harness/wilson.ts';
import { range } from '../../../evals/report/format.ts';
import { completion, protocolServer } from '../../helpers/protocol-server.ts';
import { pathact } from '../helpers/pathact.ts';
import { writeQuestions } from '../helpers/questions.ts';

test("Wilson's interval of a share", () => {
  const { low, high } = wilsonInterval(3, 40)!;
  expect(low).toBeCloseTo(0.0258, 3);
  expect(high).toBeCloseTo(0.1986, 3);
  expect(wilsonInterval(0, 5)!.low).toBeCloseTo(0, 10);
  expect(wilsonInterval(0, 0)).toBeNull();
});

interface Asked {
  kv?: string;
  messages: { content: string }[];
}

/** An endpoint whose low-bit copy has it say No to every question with a 3. */
async function endpoint(mode: string, asked: Asked[]): Promise<string> {
  const meta = { kv: { mode, bits: 2 } };
  return protocolServer({
    models: (c) => c.json({ object: 'list', data: [{ id: 'scripted', context_length: 4096, meta }] }),
    chat: async (c) => {
      const body = (await c.req.json()) as Asked;
      asked.push(body);
      const text = body.messages.map(({ content }) => content).join('\n');
      return c.json(completion(body.kv !== 'full' && /A\d*3\b/.test(text) ? '[No]' : '[Yes]'));
    },
  });
}

async function run(mode: string, asked: Asked[], more: readonly string[] = []) {
  const home = mkdtempSync(join(tmpdir(), 'pathact-kv-check-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const data = writeQuestions(join(home, 'questions.jsonl'), 10);
  const words = ['eval', 'biomaze', '--data', data, '--method', 'cot', '--kv-check', '10', '--json'];
  words.push('--base-url', await endpoint(mode, asked), '--model', 'scripted', ...more);
  const report = async (id: string) => {
    const file = join(home, 'report.html');
    await pathact(['runs', 'report', id, '-o', file], home);
    return readFileSync(file, 'utf8');
  };
  return { done: await pathact(words, home), again: () => pathact([...words, '--resume'], home), report };
}

test('--kv-check asks finished questions again in full and counts the answers that changed', async () => {
  const asked: Asked[] = [];
  const { done, again, report } = await run('specache', asked);
  expect(done.code).toBe(0);
  const check = kvCheckSchema.parse(done.lines.at(-1)!.kvCheck);
  expect(check).toMatchObject({ n: 10, changed: 1 });
  const inFull = asked.filter(({ kv }) => kv === 'full').length;
  expect(inFull).toBe(asked.length / 2);
  const resumed = await again();
  expect(resumed.lines.at(-1)!.kvCheck).toEqual(check);
  expect(asked).toHaveLength(2 * inFull);
  expect(done.stderr).toMatch(/Asking 10 samples again in full, by seed \d+: \S+, /);
  const first = String(done.lines.at(-1)!.run);
  const sentence = `SpeCache changed 1 of 10 answers (95 % ${range(check.interval)}): run ${check.run}`;
  expect(await report(first)).toContain(sentence);
  expect(await report(check.run)).not.toContain('SpeCache changed');
});

test('--kv-check is refused before anything is asked where replies attend in full', async () => {
  const asked: Asked[] = [];
  const { done } = await run('full', asked);
  expect(done.code).toBe(2);
  expect(done.stderr).toContain('pathact serve --kv specache');
  expect(asked).toEqual([]);
});
