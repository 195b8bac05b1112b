import fc from 'fast-check';
import { expect, test } from 'vitest';
import { greedySettings, Sampler, type SamplerSettings } from '../../src/engine/sampler.ts';

const logits = (...values: number[]) => Float32Array.from(values);
const sampler = (settings: Partial<SamplerSettings>, prompt: number[] = []) =>
  new Sampler({ ...greedySettings, ...settings }, prompt);

/** Which ids come out of many draws from the same logits. */
function drawn(settings: Partial<SamplerSettings>, values: readonly number[], draws = 400): Set<number> {
  const source = sampler({ temperature: 1, seed: 3, ...settings });
  return new Set(Array.from({ length: draws }, () => source.sample(Float32Array.from(values))));
}

test('temperature 0 takes the likeliest token, the lowest id on a tie', () => {
  expect(sampler({}).sample(logits(1, 5, 5, -2))).toBe(1);
  expect(sampler({}).sample(logits(-3, Number.NEGATIVE_INFINITY, -2))).toBe(2);
});

test('logits without a finite value are an error, not token 0', () => {
  expect(() => sampler({}).sample(logits(Number.NaN, Number.NaN))).toThrow(/no finite logit/);
});

test('draws follow the probabilities', () => {
  const source = sampler({ temperature: 1, seed: 1 });
  const values = [0.5, 0.3, 0.2].map(Math.log);
  const counts = [0, 0, 0];
  for (let i = 0; i < 20_000; i++) counts[source.sample(Float32Array.from(values))]!++;
  expect(counts[0]! / 20_000).toBeCloseTo(0.5, 1);
  expect(counts[2]! / 20_000).toBeCloseTo(0.2, 1);
});

test('top-k keeps the k likeliest, lower ids first among equals', () => {
  expect(drawn({ topK: 2 }, [1, 1.5, 1, 1])).toEqual(new Set([0, 1]));
  expect(drawn({ topK: 1, temperature: 5 }, [1, 1.5, 1])).toEqual(new Set([1]));
});

test('top-p keeps the fewest tokens that reach p', () => {
  const values = [0.1, 0.5, 0.15, 0.25].map(Math.log);
  expect(drawn({ topP: 0.5 }, values)).toEqual(new Set([1]));
  expect(drawn({ topP: 0.74 }, values)).toEqual(new Set([1, 3]));
  expect(drawn({ topP: 0.89 }, values)).toEqual(new Set([1, 2, 3]));
  expect(drawn({ topP: 0 }, values)).toEqual(new Set([1]));
});

test('min-p drops tokens below a share of the likeliest', () => {
  expect(drawn({ minP: 0.4 }, [0.1, 0.5, 0.15, 0.25].map(Math.log))).toEqual(new Set([1, 3]));
});

test('a sorted reference keeps the same tokens for any top-k, top-p and min-p', () => {
  const values = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(values, fc.nat(8), fc.double({ min: 0.05, max: 1, noNaN: true }), (raw, topK, topP) => {
      const scaled = raw.map((value) => value / 8);
      const order = scaled.map((_, id) => id).sort((a, b) => scaled[b]! - scaled[a]! || a - b);
      const top = topK === 0 ? order : order.slice(0, topK);
      const weights = top.map((id) => Math.exp(scaled[id]! - scaled[order[0]!]!));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const reached = weights.map((_, i) => weights.slice(0, i + 1).reduce((sum, weight) => sum + weight, 0));
      const end = reached.findIndex((sum) => sum >= topP * total - 1e-9);
      const allowed = new Set(top.slice(0, end < 0 ? top.length : end + 2));
      for (const id of drawn({ topK, topP, temperature: 1 }, scaled, 60)) expect(allowed).toContain(id);
    }),
    { numRuns: 200 },
  );
});

test('logit bias can force and forbid a token', () => {
  expect(sampler({ logitBias: new Map([[3, 100]]) }).sample(logits(1, 2, 3, -5))).toBe(3);
  expect(sampler({ logitBias: new Map([[2, -100]]) }).sample(logits(1, 2, 3, -5))).toBe(1);
});

test('presence and frequency penalties count the reply alone, repetition the prompt too', () => {
  const present = sampler({ presencePenalty: 1 }, [1]);
  expect([0, 1, 2].map(() => present.sample(logits(0, 1.5, 1.2)))).toEqual([1, 2, 1]);
  const frequent = sampler({ frequencyPenalty: 0.5 });
  expect([0, 1, 2].map(() => frequent.sample(logits(0, 1.5, 1.2)))).toEqual([1, 2, 1]);
  expect(sampler({ repetitionPenalty: 2 }, [1]).sample(logits(0, 1.5, 1.2))).toBe(2);
  expect(sampler({ repetitionPenalty: 2 }, [1]).sample(logits(-1.5, -1, -1.2))).toBe(2);
});

test('a seed gives the same draws whatever other samplers do in between', () => {
  const values = Array.from({ length: 500 }, (_, i) => Math.sin(i));
  const run = (disturbed: boolean) => {
    const [one, other] = [sampler({ temperature: 1, seed: 42 }), sampler({ temperature: 1, seed: 7 })];
    return Array.from({ length: 50 }, () => {
      if (disturbed) other.sample(Float32Array.from(values));
      return one.sample(Float32Array.from(values));
    });
  };
  expect(run(true)).toEqual(run(false));
  expect(new Set(run(false)).size).toBeGreaterThan(20);
  const seeds = [0, 1, -1, 2 ** 40].map((seed) =>
    sampler({ temperature: 1, seed }).sample(Float32Array.from(values)),
  );
  expect(new Set(seeds).size).toBeGreaterThan(1);
});

test('a mask leaves its tokens alone, in every word of it', () => {
  const values = Float32Array.from({ length: 100 }, (_, id) => id);
  const mask = Uint32Array.of(1 << 3, 0, 0, 0);
  expect(sampler({}).sample(values.slice(), mask)).toBe(3);
  mask[2] = 0xffffffff;
  expect(sampler({}).sample(values.slice(), mask)).toBe(95);
  mask[3] = 0b10;
  expect(sampler({}).sample(values.slice(), mask)).toBe(97);
  const source = sampler({ temperature: 50, seed: 2 });
  const drawn = Array.from({ length: 200 }, () =>
    source.sample(values.slice(), Uint32Array.of(0, 0b1010, 0, 0)),
  );
  expect([...new Set(drawn)].sort()).toEqual([33, 35]);
});
