import type { Perturbation } from '../../graphs/perturb/signed-step.ts';
import type { NameIndex } from '../../graphs/resolve-names.ts';
import { type Asked, askedIn } from './asked.ts';
import { type Change, changesIn, isModifierOfName } from './changes.ts';
import { type Clause, readClause } from './clause.ts';
import { sentencesOf, type Token } from './tokens.ts';
import { before, gains, loses } from './words.ts';

/** What a question's text says: what is perturbed and how, what is asked about. */
export interface Reading {
  /** What may be meant as the cause, likeliest first. */
  causes: Perturbation[];
  /** What may be meant as the target, likeliest first. */
  asked: Asked[];
  /** What the text says is done besides, as the setting: cells pretreated with an inhibitor, cells without a gene. */
  setting: Perturbation[];
  /** Every node that the text names. */
  named: string[];
}

/** Reads a yes/no question; empty lists where it says nothing that can be read. Only its text is used. */
export function readQuestion(text: string, names: NameIndex): Reading {
  const sentences = sentencesOf(text, names);
  const askingAt = askingSentence(sentences);
  const asking = sentences[askingAt] ?? [];
  const context = sentences.slice(0, askingAt);
  const named = [...new Set(sentences.flat().flatMap(({ node }) => node || []))];
  const clause = readClause(asking);
  if (!clause) return { ...unclear(asking), named };
  const asked = withoutRepeats(askedIn(clause).concat(topicAsked(clause, context)));
  const causes = causesOf(clause, context).map(({ node, direction }) => ({ node, direction }));
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
  if (!first || !last || first === last) return { causes: [], asked: [], setting: [] };
  const { node, direction } = first;
  const target = { kind: 'activity', node: last.node } as const;
  return { causes: [{ node, direction }], asked: [{ target, direction: '+' }], setting: [] };
}

/** Where the clause names no target (`does it rise?`), what the sentence before is about. */
function topicAsked(clause: Clause, context: readonly Token[][]): Asked[] {
  const topic = context.at(-1)?.findLast(({ kind }) => kind === 'name');
  if (!topic) return [];
  const asIf: Token = { ...topic, joined: false };
  const filled = clause.isAboutSubject ? { subject: [asIf] } : { object: [asIf, ...clause.object] };
  return askedIn({ ...clause, ...filled });
}

/** Explicit changes near the question come before those told earlier; names without a stated change come last. */
function causesOf(clause: Clause, context: readonly Token[][]): Change[] {
  const near = clause.isAboutSubject
    ? [...changesIn(clause.after), ...changesIn(clause.object), ...changesIn(clause.before)]
    : mainFirst(clause.subject);
  const own = clause.isAboutSubject ? statedFirst(near) : near;
  const setting = statedFirst([...changesIn(clause.before), ...changesIn(clause.after)]);
  const told = context.toReversed().flatMap((tokens) => statedFirst(changesIn(tokens)));
  const anaphoric = own.length === 0 ? anaphora(clause, context) : [];
  const stated = told.filter((change) => change.stated);
  const others = told.filter((change) => !change.stated).reverse();
  return [...own, ...anaphoric, ...setting, ...stated, ...others];
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

/** `its loss`, `this inhibition`: the change is told in the subject, who suffers it before. */
function anaphora({ subject }: Clause, context: readonly Token[][]): Change[] {
  const topic = context.at(-1)?.find(({ kind }) => kind === 'name');
  const word = subject.find(({ word }) => loses.test(word) || gains.test(word))?.word;
  if (!topic || word === undefined || !subject.some(({ word }) => /^(?:its|their)$/.test(word))) return [];
  return [{ node: topic.node, at: 0, direction: loses.test(word) ? '-' : '+', stated: true }];
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

function withoutRepeats(asked: readonly Asked[]): Asked[] {
  return [...new Map(asked.map((one) => [JSON.stringify(one), one])).values()];
}
