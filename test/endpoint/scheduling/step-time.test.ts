import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StepTime } from '../../../src/endpoint/scheduling/step-time.ts';

test('it learns what a prompt token costs at which depth, and sizes steps by it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 50 }), fc.integer({ min: 0, max: 10 }), (base, slope) => {
      const cost = (tokens: number, depth: number) => tokens * (base / 10 + (slope / 10_000) * depth);
      const time = new StepTime();
      for (let i = 0; i < 60; i++) {
        const [prefill, depth] = [100, (i * 700) % 6000];
        time.observe({ prefill, depth, decodes: false }, cost(prefill, depth));
      }
      for (const depth of [0, 1000, 5000]) {
        const tokens = time.tokensWithin(300, depth);
        const real = cost(tokens, depth + tokens / 2);
        if (tokens < 1024) expect(Math.abs(real - 300)).toBeLessThan(60 + cost(1, depth));
        expect(Math.abs(time.prefillMs(tokens, depth) - real)).toBeLessThan(60);
      }
    }),
  );
});

test('it forgets how fast the machine was', () => {
  const time = new StepTime();
  for (const each of [1, 10]) {
    for (let i = 0; i < 60; i++) time.observe({ prefill: 100, depth: 0, decodes: false }, 100 * each);
  }
  expect(time.tokensWithin(100, 0)).toBe(10);
});

test('what decoding takes is not counted to the prompt beside it', () => {
  const time = new StepTime();
  for (let i = 0; i < 30; i++) time.observe({ prefill: 0, depth: 0, decodes: true }, 40);
  for (let i = 0; i < 30; i++) time.observe({ prefill: 50, depth: 0, decodes: true }, 40 + 50);
  expect(time.decodeMs).toBeCloseTo(40);
  expect(time.prefillMs(100, 0)).toBeCloseTo(100);
});

test('whatever was measured, a prediction is a number and no time gets no token', () => {
  const step = fc.record({
    prefill: fc.nat(2000),
    depth: fc.double({ min: 0, max: 1e6, noNaN: true }),
    decodes: fc.boolean(),
    ms: fc.double({ min: 0, max: 1e6, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(100_000), (steps, depth) => {
      const time = new StepTime();
      for (const { ms, ...work } of steps) time.observe(work, ms);
      const tokens = time.tokensWithin(150, depth);
      expect(tokens).toBeGreaterThanOrEqual(0);
      expect(tokens).toBeLessThanOrEqual(1024);
      expect(time.prefillMs(tokens, depth)).not.toBeNaN();
      expect([time.tokensWithin(0, depth), time.tokensWithin(-50, depth)]).toEqual([0, 0]);
    }),
  );
});
