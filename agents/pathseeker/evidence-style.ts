import { memberships } from '../../graphs/graph-index.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { isSmokeScale, type ServedModel } from '../../src/model/chat-model.ts';
import type { EvidenceLine, Sign } from '../../src/run.ts';

/** `lines` as the graph renders them, or short `statements` for models that lose the thread in long lines. */
export type EvidenceStyle = 'lines' | 'statements';

/** The reference shows lines. A model below 1B weights copies them without end, and reads statements. */
export function styleFor(served: ServedModel, compat: boolean): EvidenceStyle {
  return isSmokeScale(served) && !compat ? 'statements' : 'lines';
}

/** Lines as a model is shown them, under their own numbers. */
export function numberedLines(
  graph: PathwayGraph,
  lines: readonly EvidenceLine[],
  style: EvidenceStyle,
): string[] {
  return lines.map((line) => `${line.line}) ${style === 'lines' ? line.text : statementOf(graph, line)}`);
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

/** A line of a worked example, in both styles. */
export interface ExampleLine {
  line: string;
  statement: string;
}

export function exampleLines(lines: readonly ExampleLine[], style: EvidenceStyle, first = 0): string {
  const texts = lines.map(({ line, statement }) => (style === 'lines' ? line : statement));
  return texts.map((text, i) => `${first + i}) ${text}`).join('\n');
}
