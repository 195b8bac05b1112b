import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { AuditBook, compareLogits, joinAudits } from '../../../src/endpoint/scheduling/kv-audit.ts';
import type { Engine, LowBitOptions } from '../../../src/engine/engine.ts';
import { endpointOver, neverStop, tinyEngine } from '../../helpers/tiny-endpoint.ts';

const open: Engine[] = [];
afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
});

async function engineWith(lowBit: LowBitOptions = { bits: 1, fetch: 4 }) {
  const engine = await tinyEngine({}, { lowBit });
  open.push(engine);
  return engine;
}
const endpoint = async (auditRate: number, lowBit?: LowBitOptions) =>
  endpointOver(await engineWith(lowBit), { auditRate });
async function post(to: Awaited<ReturnType<typeof endpoint>>, path: string, body: object) {
  const given = { temperature: 1, seed: 7, logit_bias: neverStop, ...body };
  const answer = await to.fetch(
    new Request(`http://x${path}`, { method: 'POST', body: JSON.stringify(given) }),
  );
  return answer.json() as Promise<{
    choices: { text: string }[];
    usage: { kv_audit?: Record<string, number>; output_tokens?: number };
  }>;
}
const prompt = Array.from({ length: 300 }, (_, i) => 3 + ((i * 31) % 240));
const text = { prompt, max_tokens: 40 };

test('the divergence of two rows is that of their probabilities', () => {
  const row = (...p: number[]) => Float32Array.from(p, (each) => Math.log(each) + 3);
  const { kl, agrees } = compareLogits(row(0.5, 0.25, 0.25), row(0.25, 0.5, 0.25));
  expect(kl).toBeCloseTo(0.5 * Math.log(2) + 0.25 * Math.log(0.5), 6);
  expect(agrees).toBe(false);
  expect(compareLogits(row(0.5, 0.5), row(0.5, 0.5))).toEqual({ kl: 0, agrees: true });
});

test('audits of several replies are weighted by their steps', () => {
  const first = { steps: 1, meanKl: 4, maxKl: 4, agreements: 1 };
  const second = { steps: 3, meanKl: 1, maxKl: 2, agreements: 0 };
  expect(joinAudits([first, second])).toEqual({ steps: 4, meanKl: 1.75, maxKl: 4, agreements: 1 });
  expect(joinAudits([])).toBeUndefined();
});

test('at a rate of 0.1 it is every tenth step, however many there are', () => {
  const book = new AuditBook();
  const due = Array.from({ length: 60 }, (_, i) => (book.isDue(0.1) ? [i + 1] : [])).flat();
  expect(due).toEqual([10, 20, 30, 40, 50, 60]);
});

test('every fourth step is compared, in usage and metrics, and the reply is the same', async () => {
  const plain = await post(await endpoint(0), '/v1/completions', text);
  expect(plain.usage.kv_audit).toBeUndefined();
  const audited = await endpoint(0.25);
  const answer = await post(audited, '/v1/completions', text);
  expect(answer.choices[0]!.text).toBe(plain.choices[0]!.text);
  const { steps, mean_kl, max_kl, top1_agreement } = answer.usage.kv_audit!;
  expect(steps).toBe(9); // of 39: the first token is the prompt's
  expect(mean_kl).toBeGreaterThan(0);
  expect(max_kl).toBeGreaterThanOrEqual(mean_kl!);
  expect(top1_agreement).toBeGreaterThanOrEqual(0);
  const metrics = await (await audited.fetch(new Request('http://x/metrics'))).text();
  expect(metrics).toContain('pathact:kv_audit_steps_total 9');
  await audited.drain();
  expect(open.at(-1)!.kvBytes).toBe(0);
});

test('where everything is fetched nothing differs; in full nothing is compared', async () => {
  const all = await endpoint(1, { bits: 2, fetch: 512 });
  const answer = await post(all, '/v1/completions', text);
  expect(answer.usage.kv_audit).toEqual({ steps: 39, mean_kl: 0, max_kl: 0, top1_agreement: 1 });
  const full = await post(all, '/v1/completions', { ...text, kv: 'full' });
  expect(full.usage.kv_audit).toBeUndefined();
  const chat = { messages: [{ role: 'user', content: 'the protein' }], max_tokens: 3 };
  expect((await post(all, '/v1/chat/completions', chat)).usage.kv_audit).toMatchObject({ steps: 2 });
});

/** The engine, with one of its functions in another's hands. */
function withReplaced<Name extends 'createSequence' | 'forward'>(
  engine: Engine,
  name: Name,
  replace: (real: Engine[Name]) => Engine[Name],
): Engine {
  const replaced = replace(engine[name].bind(engine) as Engine[Name]);
  return new Proxy(engine, {
    get: (target, key) => {
      if (key === name) return replaced;
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
const outOfMemory = () => new Error('out of memory');

test('a step whose copy finds no memory is not audited, and the reply goes on', async () => {
  const plain = await post(await endpoint(0), '/v1/completions', text);
  const engine = await engineWith();
  const noCopies = withReplaced(engine, 'createSequence', (create) => (parts = []) => {
    if (parts.some(({ length }) => length >= prompt.length)) throw outOfMemory();
    return create(parts);
  });
  const noShadows = withReplaced(engine, 'forward', (forward) => async (batch) => {
    if (batch.some(({ lowBit }) => lowBit) && batch.length > 1) throw outOfMemory();
    return forward(batch);
  });
  for (const faulty of [noCopies, noShadows]) {
    const errors: unknown[] = [];
    const to = endpointOver(faulty, { auditRate: 0.25, onError: (error) => errors.push(error) });
    const answer = await post(to, '/v1/completions', text);
    expect(answer.choices[0]!.text).toBe(plain.choices[0]!.text);
    expect(answer.usage.kv_audit).toBeUndefined();
    expect(errors).toEqual(Array.from({ length: 9 }, outOfMemory));
    await to.drain();
    expect(engine.kvBytes).toBe(0);
  }
});

test.each(['exact', 'speculative', 'previous', 'none'] as const)(
  'replies are the same with and without the audit, in memory and in files: predictor %s',
  async (predictor) => {
    const folder = mkdtempSync(join(tmpdir(), 'kv-audit-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const inMemory: LowBitOptions = { bits: 1, fetch: 4, predictor };
    const inFiles: LowBitOptions = { ...inMemory, slow: { tier: 'file', folder } };
    const plain = await post(await endpoint(0, inMemory), '/v1/completions', text);
    const answer = await post(await endpoint(1, inMemory), '/v1/completions', text);
    expect(answer.choices[0]!.text).toBe(plain.choices[0]!.text);
    expect(answer.usage.kv_audit).toMatchObject({ steps: 39 });
    const other = await post(await endpoint(1, inFiles), '/v1/completions', text);
    expect(other.choices[0]!.text).toBe(plain.choices[0]!.text);
    expect(other.usage.kv_audit).toEqual(answer.usage.kv_audit);
  },
);

test('replies that share steps are audited each by itself, and streams and responses tell it too', async () => {
  const to = await endpoint(0.5);
  const alone = await post(to, '/v1/completions', text);
  const together = await Promise.all([1, 2, 3].map(() => post(to, '/v1/completions', text)));
  for (const { usage } of together) expect(usage.kv_audit).toEqual(alone.usage.kv_audit);
  const several = await post(to, '/v1/completions', { ...text, n: 2 });
  expect(several.usage.kv_audit).toMatchObject({ steps: 38 });
  const input = { input: 'the protein', max_output_tokens: 5, logit_bias: undefined, temperature: 0 };
  const response = await post(to, '/v1/responses', input);
  const steps = Math.floor((response.usage.output_tokens! - 1) / 2);
  expect(response.usage.kv_audit?.steps ?? 0).toBe(steps);
  const stream = await to.fetch(
    new Request('http://x/v1/completions', {
      method: 'POST',
      body: JSON.stringify({
        ...text,
        logit_bias: neverStop,
        stream: true,
        stream_options: { include_usage: true },
      }),
    }),
  );
  expect(await stream.text()).toMatch(/"kv_audit":\{"steps":19,/);
  const document = await (await to.fetch(new Request('http://x/openapi.json'))).text();
  expect(document).toContain('kv_audit');
});
