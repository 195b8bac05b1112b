import { styleText } from 'node:util';
import { abstentions } from '../../agents/perturbation/perturbation-agent.ts';
import { noModel } from '../model/no-model.ts';
import type { EvidenceLine, RunEvent, Sign } from '../run.ts';
import { type AskSummary, cannotTellText } from './answer-summary.ts';
import { formatParameters, plain } from './print.ts';

const signWords: Record<Sign, string> = {
  '+': 'raises',
  '-': 'lowers',
  '0': 'unsigned',
  conflict: 'sources disagree',
};
const margin = ' '.repeat(10);
const stages = {
  reason: 'Reasoning over the evidence',
  uncertainty: 'Is that final?',
  fallback: 'Reasoning without the graph, because the evidence left it open',
  verdict: 'Verdict',
  refine: 'Checking a step of the draft',
  select: 'Selecting lines to follow',
  sufficient: 'Do they suffice?',
  create: 'Writing actions',
  usage: 'Showing how its actions are used',
  describe: 'Describing an action',
  revise: 'Mending an action that failed',
  lesson: 'A lesson from a failed episode',
};

/** What answers, over what: the first lines of an answer. */
export function headText({ question, kind, model, graph }: AskSummary): string[] {
  const { nodes, edges } = graph;
  const window = model.contextFrom === 'assumed' ? `, context of ${model.contextLength} tokens assumed` : '';
  return [
    `${heading('Question')}  ${plain(question)} (${kind === 'judge' ? 'Yes or No' : 'open'})`,
    `${heading('Graph')}     ${plain(graph.name)}: ${nodes} nodes, ${edges} edges`,
    `${heading('Model')}     ${plain(model.name)}${smokeScale(model)}${window}`,
    '',
  ];
}

/** The answer, how far to trust it, and the evidence: the last lines of an answer. */
export function answerText({
  answer,
  cannotTell,
  reasoning,
  verdict,
  model,
  evidence,
  kind,
  graph,
  ...checks
}: AskSummary): string[] {
  const told = cannotTell ? cannotTellText(cannotTell) : plain(answer);
  const alone = cannotTell && reasoning ? (verdict ?? (kind === 'open' ? plain(reasoning) : null)) : null;
  return [
    '',
    `${heading('Answer')}    ${told.replaceAll('\n', `\n${margin}`)}`,
    ...(model.smokeScale ? [`${margin}${smokeScale(model).trim()}`] : []),
    ...(alone ? [`${margin}What the model says all the same: ${alone}`] : []),
    `${heading('Evidence')}  ${evidence.length} lines of the graph ${plain(graph.name)}`,
    ...evidenceText(evidence),
    ...mechanismText({ verdict, kind, isAlone: model.name === noModel.name, ...checks }),
  ];
}

/** What propagation says beside the answer, whether the two agree, and whether the evidence carries the answer. */
function mechanismText({
  mechanism,
  certificate,
  disagree,
  verdict,
  kind,
  isAlone,
}: Pick<AskSummary, 'mechanism' | 'certificate' | 'disagree' | 'verdict' | 'kind'> & {
  /** The mechanism is the answer. */
  isAlone: boolean;
}): string[] {
  if (!mechanism || kind === 'open') return [];
  const { text, notes, lines, abstained } = mechanism;
  const agreement = disagree
    ? `They disagree: the answer's verdict is ${verdict}, the mechanism says ${mechanism.verdict}.`
    : !isAlone &&
      verdict !== null &&
      mechanism.verdict !== null &&
      `The answer's verdict and the mechanism agree: ${verdict}.`;
  return [
    `${heading('Mechanism')} by signed propagation over the graph, without a model`,
    ...text.map((step) => `  ${plain(step)}`),
    ...(abstained === null ? [] : [`  ${abstentions[abstained]}`]),
    ...notes.map((note) => `  ${plain(note)}`),
    ...evidenceText(lines),
    ...(agreement ? [`  ${agreement}`] : []),
    ...(verdict === null ? [] : [`${heading('Support')}   ${certificate ? supported : unsupported}`]),
  ];
}

const supported = 'the evidence holds a path with these signs from what is changed to what is asked about';
const unsupported = 'none: the evidence holds no path whose signs lead to this verdict';

function smokeScale({ smokeScale, parameters }: AskSummary['model']): string {
  if (!smokeScale || parameters === null) return '';
  return `  [smoke-scale model, ${formatParameters(parameters)} weights: a demonstration, not to be relied on]`;
}

/** A run event as the lines of a terminal; empty for what needs no telling. */
export function eventText(event: RunEvent): string[] {
  switch (event.type) {
    case 'resolved':
      return [heading('Names found in the graph'), ...resolvedNames(event.names)];
    case 'opening':
      return [];
    case 'given-move':
      return [heading('First move, made for the model'), ...indented(event.text)];
    case 'reply':
      return [heading(`Move ${event.step}`), ...indented(event.text || '(an empty reply)')];
    case 'observation':
      return [...indented(observed(event)), ''];
    case 'stage':
      return [heading(stages[event.stage]), ...indented(event.text || '(an empty reply)'), ''];
    case 'finished':
      return [];
  }
}

/** The lines in full, whatever the model was shown of them, and what else it was told. */
function observed({ text, lines }: Extract<RunEvent, { type: 'observation' }>): string {
  const told = text.split('\n').slice(lines.length);
  return [...lines.map(({ line, text }) => `${line}) ${text}`), ...told].join('\n');
}

/** Numbered evidence with its direction and, where known, where it can be checked. */
function evidenceText(lines: readonly EvidenceLine[]): string[] {
  return lines.flatMap(({ line, text, sign, sources }) => [
    `  ${line}) ${plain(text)}  [${signWords[sign]}]`,
    ...(sources.length > 0 ? [`     source: ${plain(sources.join('; '))}`] : []),
  ]);
}

function heading(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

function resolvedNames(names: readonly { text: string; name: string }[]): string[] {
  if (names.length === 0) return ['  none of the names in the question'];
  return names.map(({ text, name }) => `  ${plain(text)} → ${plain(name)}`);
}

/** Text of a model or graph, made safe and set in. */
function indented(text: string): string[] {
  return plain(text)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}
