import type { Question } from '../../evals/biomaze/question.ts';
import type { Message } from '../../src/run.ts';
import type { Speaker } from './scripted-endpoint.ts';
import { numbersInLines, type ShownSign, sentenceOf, signsInLines, signsInSentences } from './shown-signs.ts';

/** What the oracle is told of a row: where to look and what is asked, not what the answer is. */
export interface OracleRow {
  question: string;
  /** Edges `HEAD->TAIL` to look for. Their signs it has to be shown. */
  evidence: readonly string[];
  changed: string;
  change: '+' | '-';
  asked: string;
  /** The question is about the last edge of the evidence, not about the asked node. */
  asksForInteraction: boolean;
  /** Yes means that it rises. */
  asksForRise: boolean;
  isOpen: boolean;
}

/** Rows without their labels. Of a pair the first asks for the rise (README of the data). */
export function oracleRows(questions: readonly Question[]): OracleRow[] {
  const firstOfPair = new Map<string, string>();
  for (const { pair, id } of questions)
    if (pair !== undefined && !firstOfPair.has(pair)) firstOfPair.set(pair, id);
  return questions.map(({ id, pair, question, evidence, perturbation = '', asked = '', target, label }) => {
    const [changed = '', change = '+'] = perturbation.split(/:(?=[+-]$)/);
    return {
      ...{ question, evidence, changed, change: change === '-' ? '-' : '+', asked },
      asksForInteraction: target === 'interaction',
      asksForRise: pair === undefined || firstOfPair.get(pair) === id,
      isOpen: label === null,
    };
  });
}

/**
 * A model that walks along a row's evidence and answers by the signs in what it is shown in the same conversation;
 * where they do not decide the question it says so. It has no memory between requests.
 */
export function evidenceOracle(rows: readonly OracleRow[]): Speaker {
  return (messages) => {
    const last = messages.at(-1)!.content;
    const row = rowAsked(rows, messages);
    if (!row) return 'I do not know this question.';
    if (last.startsWith('Did you reach a final answer'))
      return decided(messages.at(-2)!) ? 'Yes' : 'Uncertain';
    if (last.includes('So what is the answer')) return verdictOn(row, messages);
    if (messages.some(({ content }) => content.includes('Now a new task under the same rules.')))
      return navigate(row, messages);
    const task = last.slice(last.lastIndexOf(row.question));
    if (task.endsWith('Helpful:')) return selection(row, task);
    if (task.endsWith('Enough:')) return sufficiency(row, task);
    if (task.endsWith('Check:')) return check(row, task);
    if (task.includes('\nPathway lines:\n')) return conclusion(row, signsInLines(task));
    return `${row.evidence.map((edge) => `${edge.replace('->', ' acts on ')}.`).join(' ')} In which direction is unclear.`;
  };
}

/** The row whose question is asked last: worked examples ask others. */
function rowAsked(rows: readonly OracleRow[], messages: readonly Message[]): OracleRow | undefined {
  const users = messages.filter(({ role }) => role === 'user').toReversed();
  for (const { content } of users) {
    const row = rows.find(({ question }) => content.includes(question));
    if (row) return row;
  }
  return undefined;
}

function decided({ content }: Message): boolean {
  return /The answer is|So .* (?:rises|falls)/.test(content);
}

function navigate(row: OracleRow, messages: readonly Message[]): string {
  const from = messages.findIndex(({ content }) => content.includes('Now a new task under the same rules.'));
  const isJson = messages[0]!.content.includes('Write one JSON object');
  const seen = messages.slice(from);
  const shown = seen.map(({ content }) => content).join('\n');
  const numbers = numbersInLines(shown);
  const missing = row.evidence.filter((edge) => !numbers.has(edge));
  const calls = seen.filter(({ role }) => role === 'assistant').map(({ content }) => content);
  for (const edge of missing) {
    const keywords = edge.split('->').map((node) => node.replaceAll('_', ' '));
    const near = nearest(edge, numbers);
    const local = near === undefined ? undefined : written(isJson, keywords, near);
    const untried = [local, written(isJson, keywords)].find(
      (call) => call !== undefined && !calls.includes(call),
    );
    if (untried !== undefined) return untried;
  }
  const verdict = verdictOf(row, signsInLines(shown)) ?? 'unclear';
  const used = row.evidence.flatMap((edge) => numbers.get(edge) ?? []);
  const thought = used.length > 0 ? `I rely on lines ${used.join(', ')}.` : 'I have found nothing.';
  if (isJson) {
    const answer = row.isOpen ? verdict : verdict === 'Yes' ? 'Yes' : 'No';
    const again = written(true, [row.question]);
    const calledOnce = calls.length > 1; // the first one is not the model's own
    return calledOnce ? JSON.stringify({ thought, move: { name: 'answer', answer } }) : again;
  }
  return `Thought: ${thought}\nAnswer: ${verdict}`;
}

/** A shown line with an end of the edge. */
function nearest(edge: string, numbers: ReadonlyMap<string, number>): number | undefined {
  const ends = edge.split('->');
  const touching = [...numbers].find(([shown]) => shown.split('->').some((end) => ends.includes(end)));
  return touching?.[1];
}

function written(isJson: boolean, keywords: readonly string[], line?: number): string {
  const name = line === undefined ? 'search_global' : 'search_local';
  const place = line === undefined ? {} : { line };
  if (isJson) return JSON.stringify({ thought: 'I look for an edge.', move: { name, ...place, keywords } });
  const first = line === undefined ? '' : `${line}, `;
  return `Thought: I look for an edge.\nAction:\n${name}(${first}${JSON.stringify(keywords)})\nEnd Action`;
}

function selection({ evidence }: OracleRow, task: string): string {
  const chosen = [...numbersInLines(task)].filter(([edge]) => evidence.includes(edge));
  return `[${chosen.map(([, number]) => number).join(', ')}]`;
}

function sufficiency(row: OracleRow, task: string): string {
  const signs = signsInLines(task);
  return verdictOf(row, signs) === undefined ? '{No} A step is missing.' : `{Yes} ${conclusion(row, signs)}`;
}

/** Corrects each step that a line tells the direction of. */
function check(row: OracleRow, task: string): string {
  const signs = signsInLines(task);
  const piece = task.slice(task.lastIndexOf('\nStep: ') + 7).replace(/\nCheck:$/, '');
  const told = row.evidence.filter(
    (edge) => piece.includes(edge.replace('->', ' acts on ')) && signs.has(edge),
  );
  if (told.length === 0) return 'Unchanged';
  const corrected = told.reduce(
    (text, edge) => text.replace(edge.replace('->', ' acts on '), sentenceOf(edge, signs.get(edge)!)),
    piece,
  );
  return `Corrected: ${corrected}`;
}

function verdictOn(row: OracleRow, messages: readonly Message[]): string {
  const said = messages.findLast(({ role }) => role === 'assistant')?.content ?? '';
  return verdictOf(row, signsInSentences(said)) ?? "I can't tell";
}

function conclusion(row: OracleRow, signs: ReadonlyMap<string, ShownSign>): string {
  const told = row.evidence.filter((edge) => signs.has(edge));
  const steps = told.map((edge) => `${sentenceOf(edge, signs.get(edge)!)}.`).join(' ');
  const verdict = verdictOf(row, signs);
  if (verdict === undefined) return `${steps} What is shown does not decide it, it is unclear.`.trim();
  if (row.isOpen) return `${steps} So ${row.asked} ${verdict === 'Yes' ? 'rises' : 'falls'}.`;
  return `${steps} The answer is ${verdict}.`;
}

/**
 * Follows the change along the shown evidence to the asked node. An interaction is its last edge: where the asked node is
 * acted on in it, it changes as its effect does, against its own sign; where that node acts, as the node does.
 */
function verdictOf(row: OracleRow, signs: ReadonlyMap<string, ShownSign>): 'Yes' | 'No' | undefined {
  const effects = new Set<string>();
  const follow = (node: string, sign: '+' | '-', left: readonly string[]): void => {
    if (node === row.asked) effects.add(sign);
    for (const edge of left.filter((name) => name.split('->')[0] === node)) {
      const next = times(sign, signs.get(edge));
      if (next)
        follow(
          edge.split('->')[1]!,
          next,
          left.filter((name) => name !== edge),
        );
    }
  };
  follow(
    row.changed,
    row.change,
    row.evidence.filter((edge) => signs.has(edge)),
  );
  const [effect] = effects;
  if (effects.size !== 1 || (effect !== '+' && effect !== '-')) return undefined;
  const last = row.evidence.at(-1)!;
  const isEffect = row.asksForInteraction && last.split('->')[1] === row.asked;
  const rises = isEffect ? times(effect, signs.get(last)) : effect;
  if (rises === undefined) return undefined;
  return (rises === '+') === row.asksForRise ? 'Yes' : 'No';
}

function times(sign: '+' | '-', edge: ShownSign | undefined): '+' | '-' | undefined {
  if (edge === '+' || edge === 'member') return sign;
  if (edge === '-') return sign === '+' ? '-' : '+';
  return undefined;
}
