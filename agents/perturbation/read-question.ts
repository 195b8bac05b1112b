import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import type { Perturbation } from '../../graphs/perturb/signed-step.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import { type Asked, askedIn } from './asked.ts';
import { type Change, changesIn, isModifierOfName } from './changes.ts';
import { type Clause, readClause } from './clause.ts';
import { sentencesOf, type Token } from './tokens.ts';
import { before, gains, loses } from './words.ts';

/** What a question's text says: what is perturbed and how, what is asked about. */
export interface Reading {
  /** What one phrase tells as the cause: several where it names a drug and its target, or two genes. Likeliest first. */
  causes: Perturbation[];
  asked: Asked | undefined;
  /** What the text says is done besides, as the setting: cells pretreated with an inhibitor, cells without a gene. */
  setting: Perturbation[];
  /** Every node that the text names. */
  named: string[];
}

/** Reads a yes/no question; no cause or nothing asked where that cannot be read. Only its text is used. */
export function readQuestion(
  text: string,
  { graph, names }: Pick<PathwaySearch, 'graph' | 'names'>,
): Reading {
  const sentences = sentencesOf(text, names);
  const askingAt = askingSentence(sentences);
  const asking = sentences[askingAt] ?? [];
  const context = sentences.slice(0, askingAt);
  const named = [...new Set(sentences.flat().flatMap(({ node }) => node || []))];
  const clause = readClause(asking);
  if (!clause) return { ...unclear(asking), named };
  const told = askedIn(clause);
  const [asked] = told.length > 0 ? told : topicAsked(clause, context);
  const causes = causesOf(clause, context, graph).map(({ node, direction }) => ({ node, direction }));
  return { causes: distinct(causes), asked, setting: settingOf(clause, context), named };
}

function askingSentence(sentences: readonly Token[][]): number {
  const asks = sentences.findLastIndex((tokens) => tokens.at(-1)?.text === '?');
  return asks < 0 ? sentences.length - 1 : asks;
}

/** Without a verb to go by: the first name acts on the last. */
function unclear(asking: readonly Token[]): Omit<Reading, 'named'> {
  const changes = changesIn(asking);
  const [first, last] = [changes[0], changes.at(-1)];
  if (!first || !last || first === last) return { causes: [], asked: undefined, setting: [] };
  const { node, direction } = first;
  const target = { kind: 'activity', node: last.node } as const;
  return { causes: [{ node, direction }], asked: { target, direction: '+' }, setting: [] };
}

/** Where the clause names no target (`does it rise?`), what the sentence before is about. */
function topicAsked(clause: Clause, context: readonly Token[][]): Asked[] {
  const topic = context.flat().findLast(({ kind }) => kind === 'name');
  if (!topic) return [];
  const asIf: Token = { ...topic, joined: false };
  const filled = clause.isAboutSubject ? { subject: [asIf] } : { object: [asIf, ...clause.object] };
  return askedIn({ ...clause, ...filled });
}

/**
 * What is said of the cause in the question itself comes before what was told earlier, and bare names come last. Only
 * the first phrase that has something counts: an answer about another cause would be one to another question.
 */
function causesOf(clause: Clause, context: readonly Token[][], graph: PathwayGraph): Change[] {
  const { subject, object, isAboutSubject } = clause;
  const [earlier, later] = [statedFirst(changesIn(clause.before)), statedFirst(changesIn(clause.after))];
  const told = context.toReversed().map((tokens) => statedFirst(changesIn(tokens)));
  const stated = (changes: readonly Change[]) => changes.filter((change) => change.stated);
  const rest = [...told.map(stated), ...told.map((changes) => changes.toReversed())];
  if (!isAboutSubject) {
    const own = mainFirst(subject);
    return firstOf([own, anaphora(subject, context, graph), earlier, later, ...rest]);
  }
  const near = [stated(later), stated(earlier), changesIn(object)];
  // `than in healthy people`: what was told to differ from them is meant, not the stimulus that both get.
  if (isCompared(clause.after)) return firstOf([...near, ...told.map(stated), later, earlier, ...rest]);
  return firstOf([...near, later, earlier, ...rest]);
}

function firstOf(phrases: readonly Change[][]): Change[] {
  return phrases.find((changes) => changes.length > 0) ?? [];
}

function isCompared(after: readonly Token[]): boolean {
  return after.some(({ word }) =>
    /^(?:normal|healthy|wild|control|controls|unaffected|untreated|ordinary)$/.test(word),
  );
}

/** Of `the MEK inhibitor trametinib` the drug comes first, then its target. */
function mainFirst(subject: readonly Token[]): Change[] {
  const changes = changesIn(subject);
  const isModifier = ({ at }: Change) => isModifierOfName(subject, at);
  const heads = changes.filter((change) => !isModifier(change));
  return [
    ...heads.filter(({ stated }) => stated),
    ...heads.filter(({ stated }) => !stated),
    ...changes.filter(isModifier),
  ];
}

/** A loss or inhibition is the intervention where a stimulus is told beside it. */
function statedFirst(changes: readonly Change[]): Change[] {
  const losses = changes.filter(({ stated, direction }) => stated && direction === '-');
  const gained = changes.filter(({ stated, direction }) => stated && direction === '+');
  return [...losses, ...gained, ...changes.filter(({ stated }) => !stated)];
}

/** `its loss`, `the drug`, `the intracellular domain`: the subject stands for something told before. */
function anaphora(subject: readonly Token[], context: readonly Token[][], graph: PathwayGraph): Change[] {
  const words = subject.filter(({ kind }) => kind === 'word').map(({ word }) => word);
  const told = context.toReversed().flatMap((tokens) => tokens.filter(({ kind }) => kind === 'name'));
  const cue = words.find((word) => loses.test(word) || gains.test(word));
  const isOwn = words.some((word) => /^(?:its|their)$/.test(word));
  const change = (node: string, direction: '+' | '-'): Change => ({ node, at: 0, direction, stated: true });
  if (isOwn && cue !== undefined) {
    const topic = context.at(-1)?.find(({ kind }) => kind === 'name');
    return topic ? [change(topic.node, loses.test(cue) ? '-' : '+')] : [];
  }
  const isDrug = words.some((word) => drugWords.test(word));
  const described = told.filter(({ node }) => isDescribedBy(graph, node, words));
  const drugs = isDrug
    ? told.filter(({ node }) => /^(?:compound|drug)$/.test(graph.getNodeAttribute(node, 'kind')))
    : [];
  return [...described, ...drugs].map(({ node }) => change(node, '+'));
}

const drugWords =
  /^(?:drugs?|compounds?|agents?|inhibitors?|blockers?|antagonists?|agonists?|medicines?|medication|treatment|therapy|antibody|molecule|toxin|poison|tablets?|pills?)$/;
const smallWords = /^(?:the|a|an|this|that|these|those|such|same|added|new|given|drug|compound|protein)$/;

/** One of the node's names holds all the words. */
function isDescribedBy(graph: PathwayGraph, node: string, words: readonly string[]): boolean {
  const telling = words.filter((word) => !smallWords.test(word));
  if (telling.length === 0) return false;
  return graph.getNodeAttribute(node, 'names').some((name) => {
    const parts = name.toLowerCase().split(/[^\p{L}\p{N}]+/u);
    return telling.every((word) => parts.includes(word));
  });
}

/** Changes stated beside the cause, in the question itself or told as what came first. */
function settingOf(clause: Clause, context: readonly Token[][]): Perturbation[] {
  if (clause.isAboutSubject) return [];
  const earlier = context.filter((tokens) => tokens.some(({ word }) => before.test(word)));
  const changes = [clause.before, clause.after, ...earlier].flatMap((tokens) => changesIn(tokens));
  return distinct(changes.filter(({ stated }) => stated).map(({ node, direction }) => ({ node, direction })));
}

function distinct(causes: readonly Perturbation[]): Perturbation[] {
  return [...new Map(causes.map((cause) => [`${cause.node} ${cause.direction}`, cause])).values()];
}
