/** What a line says of its edge: it raises, it lowers, it makes the head a member of the tail, or none of these. */
export type ShownSign = '+' | '-' | 'member' | 'unsigned';

/** The edges of the pathway lines in a text (`3) A: alpha | B: beta | PPrel inhibition | …`), by `HEAD->TAIL`. */
export function signsInLines(text: string): Map<string, ShownSign> {
  const signs = new Map<string, ShownSign>();
  for (const [, line = ''] of text.matchAll(/^\d+\) (.*\|.*)$/gm)) {
    const [head = '', tail = '', relation = ''] = line.split(' | ');
    signs.set(`${idOf(head)}->${idOf(tail)}`, signOf(relation));
  }
  return signs;
}

/** The number under which each edge is shown in a text. */
export function numbersInLines(text: string): Map<string, number> {
  const lines = [...text.matchAll(/^(\d+)\) (.*\|.*)$/gm)];
  return new Map(
    lines.map(([, number, line = '']) => {
      const [head = '', tail = ''] = line.split(' | ');
      return [`${idOf(head)}->${idOf(tail)}`, Number(number)];
    }),
  );
}

/** The same from sentences such as `AKT1 lowers FOXO3.`, as the oracle writes them. */
export function signsInSentences(text: string): Map<string, ShownSign> {
  const verbs = { raises: '+', lowers: '-', 'belongs to': 'member' } as const;
  const sentences = text.matchAll(/(\S+) (raises|lowers|belongs to) ([^\s.]+)/g);
  return new Map(
    [...sentences].map(([, head, verb, tail]) => [`${head}->${tail}`, verbs[verb as keyof typeof verbs]]),
  );
}

export function sentenceOf(edge: string, sign: ShownSign): string {
  const verb = { '+': 'raises', '-': 'lowers', member: 'belongs to', unsigned: 'acts on' }[sign];
  return edge.replace('->', ` ${verb} `);
}

function idOf(end: string): string {
  return end.split(': ', 1)[0]!.trim();
}

function signOf(relation: string): ShownSign {
  const words = relation.split(' ');
  if (words.includes('isa') || words.includes('partof')) return 'member';
  if (words.some((word) => /^(?:activation|expression|activate)$/.test(word))) return '+';
  return words.some((word) => /^(?:inhibition|repression|inhibit)$/.test(word)) ? '-' : 'unsigned';
}
