import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StopStrings } from '../../../src/endpoint/generation/stop-strings.ts';

function stream(stops: string[], pieces: string[]): { text: string; found: boolean } {
  const watch = new StopStrings(stops);
  const text = pieces.map((piece) => watch.push(piece)).join('') + watch.finish();
  return { text, found: watch.found };
}

test('a stop string across pieces is found, and nothing of it gets out', () => {
  expect(stream(['\nObservation:'], ['call', '\nObs', 'erv', 'ation: x'])).toEqual({
    text: 'call',
    found: true,
  });
  expect(stream(['END'], ['E', 'N', 'DE'])).toEqual({ text: '', found: true });
});

test('text that only looked like a stop string comes out in the end', () => {
  expect(stream(['END'], ['a E', 'N'])).toEqual({ text: 'a EN', found: false });
  expect(stream(['aab'], ['a', 'a', 'a', 'c'])).toEqual({ text: 'aaac', found: false });
});

test('the earliest of several stop strings counts', () => {
  expect(stream(['cd', 'b'], ['abcd'])).toEqual({ text: 'a', found: true });
});

test('however the text is cut, the result is the cut at the first stop string', () => {
  const letters = fc.constantFrom('a', 'b', 'c');
  const stop = fc.array(letters, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const pieces = fc.array(fc.array(letters, { maxLength: 4 }).map((parts) => parts.join('')));
  fc.assert(
    fc.property(fc.array(stop, { maxLength: 3 }), pieces, (stops, parts) => {
      const { text, found } = stream(stops, parts);
      const all = parts.join('');
      expect(found).toBe(stops.some((one) => all.includes(one)));
      expect(all.startsWith(text)).toBe(true);
      expect(stops.some((one) => text.includes(one))).toBe(false);
      if (!found) expect(text).toBe(all);
      else expect(stops.some((one) => all.startsWith(one, text.length))).toBe(true);
    }),
  );
});
