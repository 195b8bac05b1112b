import { afterEach, expect, test } from 'vitest';
import { compareLogits, joinAudits } from '../../../src/endpoint/scheduling/kv-audit.ts';
import type { Engine, LowBitOptions } from '../../../src/engine/engine.ts';
import { endpointOver, neverStop, tinyEngine } from '../../helpers/tiny-endpoint.ts';

const open: Engine[] = [];
afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
});

async function endpoint(auditRate: number, lowBit: LowBitOptions | undefined = { bits: 1, fetch: 4 }) {
  const engine = await tinyEngine({}, { lowBit });
  open.push(engine);
  return endpointOver(engine, { auditRate });
}
async function post(to: Awaited<ReturnType<typeof endpoint>>, path: string, body: object) {
  const given = { temperature: 1, seed: 7, logit_bias: neverStop, ...body };
  const answer = await to.fetch(
    new Request(`http://x${path}`, { method: 'POST', body: JSON.stringify(given) }),
  );
  return answer.json() as Promise<{
    choices: { text: string }[];
    usage: { kv_audit?: Record<string, number> };
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
