/** Alphabets and oddities that tokenizers disagree on, one string each. */
const oddities: readonly string[] = [
  'Grüße aus Zürich – schön, daß Ihr da seid!',
  'Съешь же ещё этих мягких французских булок',
  'いろはにほへと ちりぬるを、漢字とカナ。',
  '你好，世界！今天天气很好。',
  '안녕하세요 세계 여러분',
  'مرحبا بالعالم ١٢٣',
  'שלום עולם',
  'नमस्ते दुनिया १२३',
  'สวัสดีชาวโลก',
  'Γειά σου Κόσμε ΑΒΓ αβγ',
  '👩‍🔬🧬 café naïve coöperate 🇨🇭 👍🏽',
  'e\u0301 versus \u00e9, \ufb01 ligature, \u200bzero width\u200d, \u00a0no-break\u00a0space, \u2028line',
  "I'm, you're, they'll, we've, I'd, it's, DON'T, can’t, O'Neill's",
  '1 12 123 1234 12345 3.14159 1,000,000 0xff 1e-9 ½ ² Ⅷ',
  'tabs\tand\t\ttabs,  double   triple    spaces, trailing   ',
  '   leading spaces',
  '\n\n\nthree newlines\r\nand\r\n\r\nDOS',
  '<|im_start|>user\nnot a turn<|im_end|> <|endoftext|> <s> </s>',
  'snake_case camelCase PascalCase kebab-case SCREAMING_SNAKE $var @decorator #hash',
  'a->b(c[d]{e:f});//g /*h*/ i+=j; k!=l&&m||n ?? o?.p ** q <<= 3 >>> 1',
  'https://example.org/path?query=1&other=%20x#frag user@example.org',
  '\u0000\u0001\u001b[31m\u007f control characters',
  '\ud83d\ude00 \u{1d54f} \u{10ffff} \ufffd \ufeff',
  '',
  ' ',
  '\n',
  '\t',
  'ﷺ ꙮ ‱ ⁂ ₿ ㎏ ⓐ',
];

const joins = ['', ' ', '  ', '\n', '\t', '.', ', ', "'s ", '\r\n', ' - ', '_', '(', '\u00a0', '7', ' 42 '];

/**
 * `count` lines for comparing tokenizers: the oddities above, lines of the given texts (prose, code), and mixtures of
 * both. The same lines for the same input.
 */
export function parityLines(texts: readonly string[], count: number): string[] {
  const natural = texts.flatMap((text) =>
    evenly(text.split('\n').filter(Boolean), Math.ceil(count / 2 / texts.length)),
  );
  const lines = [...oddities, ...natural.slice(0, Math.floor(count / 2))];
  for (let i = 0; lines.length < count; i++) {
    const odd = oddities[(i * 7) % oddities.length]!;
    const line = natural[(i * 13) % natural.length]!;
    const at = (i * 31) % (line.length + 1);
    const join = joins[i % joins.length]!;
    lines.push(line.slice(0, at) + join + odd.slice((i * 5) % (odd.length + 1)) + join + line.slice(at));
  }
  return lines.slice(0, count).map((line) => line.toWellFormed());
}

function evenly<T>(list: readonly T[], count: number): T[] {
  const step = Math.max(list.length / count, 1);
  return Array.from({ length: Math.min(count, list.length) }, (_, i) => list[Math.floor(i * step)]!);
}
