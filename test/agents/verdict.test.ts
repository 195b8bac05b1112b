import { expect, test } from 'vitest';
import { isUncertain, stripUncertainty } from '../../agents/uncertainty.ts';
import { readVerdict, statedVerdict } from '../../agents/verdict.ts';

const compat = { compat: true };

test.each([
  ['yes.', 'Yes', false],
  ['NO.', 'No', false],
  ['Yes, it does', 'Yes', false],
  [' No, because', 'No', false],
  ['It is not', 'No', false],
  ['I guess no', 'No', false],
  ['No guess: yes', 'Yes', false],
  ['unknown', 'No', true],
  ['', 'No', true],
])('the reference reads the verdict %j as %s (unparsed: %s)', (reply, verdict, unparsed) => {
  expect(readVerdict(reply, compat)).toEqual({ verdict, unparsed });
});

test.each([
  ['[Yes]', 'Yes'],
  ['**No**', 'No'],
  ['No. It does not say yes.', 'No'],
  ['The answer is yes.', 'Yes'],
  ['It is not', 'No'],
  ['unknown', null],
  ['Yes or No', 'Yes'],
  ['Either yes or no', null],
  ['I am not sure', null],
  ['Yes, but it cannot be determined', null],
  ["I can't tell", null],
  ['nothing', null],
  ['', null],
])('by default the verdict %j is read as %s', (reply, verdict) => {
  expect(readVerdict(reply)).toEqual({ verdict, unparsed: verdict === null });
});

test.each([
  ['So it falls. The answer is No.', 'No'],
  ['The answer is **Yes**', 'Yes'],
  ['Answer: yes', 'Yes'],
  ['The answer is Yes. No, the answer is No.', 'No'],
  ['The answer is nothing.', undefined],
  ['Yes.', undefined],
])('the reasoning %j states %s', (reasoning, verdict) => {
  expect(statedVerdict(reasoning)).toBe(verdict);
});

test.each([
  ['Uncertain', true],
  ['Yes', false],
  ['uncertain, but it may', false],
  ['Further research is needed', true],
  ['It is possible but inconclusive', false],
  ['maybe unclear', false],
  ['NOT CLEAR', true],
  ['Not uncertain', true],
])('the reference takes %j for uncertain: %s', (text, uncertain) => {
  expect(isUncertain(text, compat)).toBe(uncertain);
});

test.each([
  ['maybe unclear', true],
  ['Not uncertain', false],
  ['uncertain, but it may', false],
  ['NOT CLEAR', true],
])('by default %j is uncertain: %s', (text, uncertain) => {
  expect(isUncertain(text)).toBe(uncertain);
});

test.each([
  ['A binds B. It is unclear.', 'A binds B.'],
  ['It is unclear.', 'It is unclear.'],
  ['A. B is unclear. C is inconclusive.', 'A.'],
  ['A. The effect is unclear. So No.', 'A. The effect is unclear. So No.'],
  ['A. It may be unclear.', 'A. It may be unclear.'],
  ['Ratio 0.5 shows. It is unclear', 'Ratio 0.5 shows.'],
])('stripping %j leaves %j, in both modes', (text, left) => {
  expect(stripUncertainty(text, compat)).toBe(left);
  expect(stripUncertainty(text)).toBe(left);
});

test('at most two sentences are stripped, and numbers do not end one', () => {
  expect(stripUncertainty('A. It is unclear. B is unclear. C is unclear.')).toBe('A. It is unclear.');
  expect(stripUncertainty('A binds B. The ratio of 0.5 is unclear.')).toBe('A binds B.');
  expect(stripUncertainty('A binds B. The ratio of 0.5 is unclear.', compat)).toBe(
    'A binds B. The ratio of 0.',
  );
});
