import { memberships } from '../../graphs/graph-index.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { illustrateTriple } from '../../graphs/text/render.ts';
import { isSmokeScale, type ServedModel } from '../../src/model/chat-model.ts';
import type { EvidenceLine, Sign } from '../../src/run.ts';
import { tripleOf } from '../lines.ts';

/**
 * `lines` as the graph renders them, or short `statements` for models that lose the thread in long lines. `triples` is
 * the data behind a line as JSON: what the paper's ablation of triple-to-text shows.
 */
export type EvidenceStyle = 'lines' | 'statements' | 'triples';

/** The reference shows lines. A model below 1B weights copies them without end, and reads statements. */
export function styleFor(served: ServedModel, compat: boolean): EvidenceStyle {
  return isSmokeScale(served) && !compat ? 'statements' : 'lines';
}

/** How to read a style, told with the tools and told to the reasoner. */
export const readings: Record<EvidenceStyle, { instruction: string; reasoner: string }> = {
  lines: {
    instruction: 'A pathway line reads HEAD | TAIL | RELATION | PROCESS: the head acts on the tail.',
    reasoner: 'A line reads HEAD | TAIL | RELATION | PROCESS: the head acts on the tail.',
  },
  statements: { instruction: 'A pathway line says what raises or lowers what.', reasoner: '' },
  triples: {
    instruction: 'A pathway line is a JSON list [head, relation, tail]: the head acts on the tail.',
    reasoner: 'A line is a JSON list [head, relation, tail]: the head acts on the tail.',
  },
};

/** Lines as a model is shown them, under their own numbers. */
export function numberedLines(
  graph: PathwayGraph,
  lines: readonly EvidenceLine[],
  style: EvidenceStyle,
): string[] {
  return lines.map((line) => `${line.line}) ${shown(graph, line, style)}`);
}

function shown(graph: PathwayGraph, line: EvidenceLine, style: EvidenceStyle): string {
  switch (style) {
    case 'lines':
      return line.text;
    case 'statements':
      return statementOf(graph, line);
    case 'triples':
      return illustrateTriple(graph, tripleOf(graph, line));
  }
}

const verbs: Record<Sign, string> = {
  '+': 'raises',
  '-': 'lowers',
  '0': 'acts on',
  conflict: 'may raise or lower',
};

/** `PTEN lowers PIP3`: the direction is the graph's, not for the model to work out. */
function statementOf(graph: PathwayGraph, { edge, head, tail, sign }: EvidenceLine): string {
  const verb = memberships.has(graph.getEdgeAttribute(edge, 'type')) ? 'belongs to' : verbs[sign];
  return `${head} ${verb} ${tail}`;
}

/** A line of a worked example, in two styles; the third is made of the first. */
export interface ExampleLine {
  line: string;
  statement: string;
}

export function exampleLines(lines: readonly ExampleLine[], style: EvidenceStyle, first = 0): string {
  const texts = lines.map(({ line, statement }) => {
    if (style === 'triples') return exampleTriple(line);
    return style === 'lines' ? line : statement;
  });
  return texts.map((text, i) => `${first + i}) ${text}`).join('\n');
}

/** `A: alpha | B: beta | PPrel inhibition | some process` in the form of `illustrateTriple`. */
function exampleTriple(line: string): string {
  const [head = '', tail = '', relation = '', process = ''] = line.split(' | ');
  const node = (text: string) => {
    const [id = '', name = ''] = text.split(': ');
    return { ID: [id], Name: [name] };
  };
  const [type, ...subtypes] = relation.split(' ');
  const edge = { Type: type, Subtype: subtypes, Biological_Process: { [process]: process } };
  return JSON.stringify([node(head), edge, node(tail)]);
}
