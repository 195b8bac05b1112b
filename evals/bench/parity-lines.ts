import { randomSource } from './tiny-gguf.ts';

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

/** What random lines are made of. A range of code points stands for one of them. */
type Fragment = string | readonly [first: number, last: number];
const fragments: readonly Fragment[] = [
  ...[
    ' ',
    '  ',
    '   ',
    '\t',
    '\n',
    '\r\n',
    '\n\n',
    ' \n',
    '\u00a0',
    '\u2003',
    '\u3000',
    '\u0085',
    '\u2029',
    '\ufeff',
  ],
  ...[
    "'s",
    "'RE",
    "'ll",
    '’t',
    "'",
    '"',
    '...',
    '->',
    '==',
    '/*',
    '*/',
    '//',
    '{',
    '}',
    '();',
    '#',
    '@',
    '<|',
    '|>',
  ],
  ...[
    'the',
    'The',
    'protein',
    'XMLHttpRequest',
    'naïve',
    'été',
    'don',
    '7',
    '42',
    '2024',
    '1234567',
    '٣',
    '½',
    '²',
  ],
  ...[
    '👩‍🔬',
    '🇨🇭',
    '👍🏽',
    '😀',
    'e\u0301',
    'ﬁ',
    '\u200b',
    '\u200d',
    '▁',
    '▁▁',
    '<0x0A>',
    '日本',
    '你好世界',
    '안녕',
    'สวัสดี',
  ],
  [0x00, 0x1f],
  [0x20, 0x7e],
  [0x20, 0x7e],
  [0x7f, 0xff],
  [0x100, 0x24f],
  [0x370, 0x52f],
  [0x590, 0x6ff],
  [0x900, 0xdff],
  [0x2000, 0x2bff],
  [0x3040, 0x30ff],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0x1f300, 0x1f64f],
];

function randomLine(random: () => number): string {
  const any = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const parts = Array.from({ length: 1 + Math.floor(random() * 24) }, () => {
    const fragment = any(fragments);
    if (typeof fragment === 'string') return fragment;
    const [first, last] = fragment;
    return String.fromCodePoint(first + Math.floor(random() * (last - first + 1)));
  });
  return parts.join(random() < 0.5 ? '' : ' ');
}

/**
 * `count` lines for comparing tokenizers: the oddities above, then in turn lines of the given texts (prose, code),
 * mixtures of both, and random lines. The same lines for the same input.
 */
export function parityLines(texts: readonly string[], count: number): string[] {
  const natural = texts.flatMap((text) =>
    evenly(text.split('\n').filter(Boolean), Math.ceil(count / 3 / texts.length)),
  );
  const lines = [...oddities, ...natural.slice(0, Math.floor(count / 3))];
  const random = randomSource(7);
  for (let i = 0; lines.length < count; i++) {
    lines.push(randomLine(random));
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
