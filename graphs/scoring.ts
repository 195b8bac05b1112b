import type { Prizes } from './steiner/prized-graph.ts';
import type { Hit } from './text/tf-idf.ts';

/** Words that a question has and a pathway is not about. */
const questionWords: ReadonlySet<string> = new Set(
  (
    'an the of in on at to by for from with and or but not no is are was were be been being do does did done has ' +
    'have had it its this that these those which who whom whose what when where why how can could will would should ' +
    'may might must if then than as so such into onto upon via through during after before between among within ' +
    'without under over about there their they them also only both either neither each any all some more most ' +
    'less least other another same yes true false loss lose raise raises lower lowers increase increases increased ' +
    'decrease decreases decreased effect effects affect affects cause causes lead leads result results role level ' +
    'levels happen happens expected likely following'
  ).split(' '),
);

/** What is left of a question for TF-IDF. */
export function withoutQuestionWords(text: string): string {
  return text
    .split(/[^\p{L}\p{N}_]+/u)
    .filter((word) => !questionWords.has(word.toLowerCase()))
    .join(' ');
}

/** Hits as prizes by document number; a document that was not found has none. */
export function prizesOf(size: number, hits: readonly Hit[]): Float64Array {
  const prizes = new Float64Array(size);
  for (const { document, score } of hits) prizes[document] = score;
  return prizes;
}

export function hasPrize({ nodes, edges }: Prizes): boolean {
  return nodes.some((prize) => prize > 0) || edges.some((prize) => prize > 0);
}
