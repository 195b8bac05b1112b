import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logProbability } from '../../../src/endpoint/generation/log-probabilities.ts';
import { TextChooser, type TokenLimit } from '../../../src/endpoint/generation/text-chooser.ts';
import { allowsOther, keepAllowed, maskOf } from '../../../src/endpoint/generation/token-mask.ts';
import { greedySettings } from '../../../src/engine/sampler.ts';

const STOP = 0;
const SIZE = 40;
const stops = maskOf([STOP], SIZE);

/** Logits that like token `best` most, the stop token next. */
function liking(best: number): Float32Array {
  const logits = new Float32Array(SIZE);
  logits[STOP] = 5;
  logits[best] = best === STOP ? 5 : 9;
  return logits;
}

/** Exactly these tokens, then the stop; each that has no other way is forced. */
function only(tokens: readonly number[]): TokenLimit {
  let at = 0;
  return {
    mask: () => maskOf([tokens[at] ?? STOP], SIZE),
    accept(token) {
      expect(token).toBe(tokens[at++]);
    },
    forced: (tokensLeft) => tokens.slice(at, at + tokensLeft),
  };
}

const rules = { sampling: greedySettings, stops, minTokens: 0, ignoreEos: false };

test('a reply does not stop before its least length, nor ever where it shall not', () => {
  const choose = (chooser: TextChooser) => chooser.choose(liking(STOP), 10)[0];
  const least = new TextChooser({ ...rules, minTokens: 2 }, []);
  expect([choose(least), choose(least)]).not.toContain(STOP);
  expect(choose(least)).toBe(STOP);
  const never = new TextChooser({ ...rules, ignoreEos: true }, []);
  for (let i = 0; i < 20; i++) expect(choose(never)).not.toBe(STOP);
});

test('a limit that is at its end stops the reply, whatever its least length', () => {
  const chooser = new TextChooser({ ...rules, minTokens: 5, limit: only([7]) }, []);
  expect(chooser.choose(liking(3), 10)).toEqual([7]);
  expect(chooser.choose(liking(3), 9)).toEqual([STOP]);
});

test('forced tokens come at once, and one by one where log-probabilities are asked for', () => {
  const fast = new TextChooser({ ...rules, limit: only([7, 8, 9]) }, []);
  expect(fast.choose(liking(3), 10)).toEqual([7, 8, 9]);
  const slow = new TextChooser({ ...rules, limit: only([7, 8, 9]), topLogprobs: 1 }, []);
  for (const [i, token] of [7, 8, 9].entries()) {
    slow.prepare(10 - i);
    expect(slow.choose(liking(3), 10 - i)).toEqual([token]);
    expect(slow.logprob).toMatchObject({ id: token, top: [{ id: 3 }] });
  }
});

test('forced tokens do not pass what is left', () => {
  const chooser = new TextChooser({ ...rules, limit: only([7, 8, 9]) }, []);
  expect(chooser.choose(liking(3), 2)).toEqual([7, 8]);
});

test('log-probabilities are those of the raw logits, whatever bias and temperature', () => {
  const sampling = { ...greedySettings, temperature: 0.3, logitBias: new Map([[6, 100]]) };
  const chooser = new TextChooser({ ...rules, sampling, topLogprobs: 2 }, []);
  const logits = liking(4);
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  expect(chooser.choose(logits.slice(), 5)).toEqual([6]);
  expect(chooser.logprob!.logprob).toBeCloseTo(0 - total, 5);
  expect(chooser.logprob!.top.map(({ id }) => id)).toEqual([4, STOP]);
});

test('log-probabilities add up to one, and the likeliest come first', () => {
  const logits = fc.array(fc.float({ noNaN: true, min: -30, max: 30 }), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(logits, fc.nat(20), (values, count) => {
      const row = Float32Array.from(values);
      const { top } = logProbability(row, 0, count);
      const sorted = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b);
      expect(top.map(({ id }) => id)).toEqual(sorted.slice(0, count));
      const sum = values.reduce((all, _, id) => all + Math.exp(logProbability(row, id, 0).logprob), 0);
      expect(sum).toBeCloseTo(1, 4);
    }),
  );
});

test('a mask keeps its own tokens and no others', () => {
  const ids = fc.uniqueArray(fc.nat(99), { maxLength: 100 });
  fc.assert(
    fc.property(ids, ids, (allowed, others) => {
      const logits = new Float32Array(100);
      keepAllowed(logits, maskOf(allowed, 100));
      expect([...logits.keys()].filter((id) => logits[id] === 0)).toEqual(allowed.toSorted((a, b) => a - b));
      const left = allowed.filter((id) => !others.includes(id));
      expect(allowsOther(maskOf(allowed, 100), maskOf(others, 100))).toBe(left.length > 0);
    }),
  );
});
