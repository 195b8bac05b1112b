/**
 * Splits text into the words that byte-pair merges must not cross, by the names in `tokenizer.ggml.pre`.
 * Each expression matches every character of any text, so nothing is lost between matches. White space is
 * Unicode's (JavaScript's `\s` lacks U+0085 and has U+FEFF).
 */
const space = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const contraction = "'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";

// In the original, a first pass isolates each digit, so a digit also ends a run of white space.
const smollm =
  `\\p{N}|'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?[^${space}\\p{L}\\p{N}]+` +
  `|[${space}]+(?![^${space}\\p{N}])|[${space}]`;

const withDigits = (digits: string) =>
  `${contraction}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^${space}\\p{L}\\p{N}]+[\\r\\n]*` +
  `|[${space}]*[\\r\\n]+|[${space}]+(?![^${space}])|[${space}]+`;

const expressions: Readonly<Record<string, string>> = {
  smollm,
  qwen2: withDigits('\\p{N}'),
  'deepseek-r1-qwen': withDigits('\\p{N}'),
  'llama-bpe': withDigits('\\p{N}{1,3}'),
  llama3: withDigits('\\p{N}{1,3}'),
  'llama-v3': withDigits('\\p{N}{1,3}'),
};

export const preTokenizerNames: readonly string[] = Object.keys(expressions);

/** The splitter of this name, or undefined where there is none. */
export function preTokenizer(name: string): ((text: string) => string[]) | undefined {
  const source = expressions[name];
  if (source === undefined) return undefined;
  const expression = new RegExp(source, 'gu');
  return (text) => text.match(expression) ?? [];
}
