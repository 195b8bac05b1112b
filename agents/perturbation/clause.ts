import type { Token } from './tokens.ts';
import {
  agentive,
  cuts,
  isEffectVerb,
  isIntransitive,
  isNeutralVerb,
  isState as isStateWord,
  joins,
  modificationOf,
  parts,
  polarityOf,
} from './words.ts';

/** A yes/no question taken apart: `[before] does SUBJECT VERB OBJECT [after]?` */
export interface Clause {
  before: Token[];
  subject: Token[];
  verb: Token;
  /** From the verb on, without it, up to the next phrase. */
  object: Token[];
  after: Token[];
  /** The subject is what changes: `does X rise`, `is X reduced`, `is X more active`. */
  isAboutSubject: boolean;
}

const auxiliary =
  /^(?:does|do|did|will|would|can|could|should|shall|may|might|must|is|are|was|were|has|have|had)$/;
const be = /^(?:is|are|was|were|be|been|being|get|gets|become|becomes|remain|remains)$/;
const article = /^(?:a|an|the|its|their|this|that|these|any|no|of|such|greater|further|to|net)$/;

/** The sentence's yes/no question; undefined where it has none that can be taken apart. */
export function readClause(sentence: readonly Token[]): Clause | undefined {
  const at = auxiliaryAt(sentence);
  if (at === undefined) return undefined;
  const rest = sentence
    .slice(at + 1)
    .filter(
      ({ word }) =>
        !/^(?:also|then|thus|therefore|still|ultimately|eventually|thereby|directly|indirectly|consequently)$/.test(
          word,
        ),
    );
  const isBe = be.test(sentence[at]?.word ?? '');
  const verbAt = verbIn(rest, isBe);
  if (verbAt === undefined) return undefined;
  return taken(sentence.slice(0, at), rest, verbAt, isBe);
}

/** At the start of the sentence or of a clause behind a comma. */
function auxiliaryAt(sentence: readonly Token[]): number | undefined {
  const opens = (at: number) => {
    const before = sentence[at - 1];
    return !before || before.kind === 'mark' || /^(?:and|then|so|but|how|why|thus)$/.test(before.word);
  };
  const found = sentence.findIndex(
    ({ kind, word }, at) => kind === 'word' && auxiliary.test(word) && opens(at),
  );
  return found < 0 ? undefined : found;
}

function verbIn(rest: readonly Token[], isBe: boolean): number | undefined {
  const places = rest.flatMap((token, at) => (at > 0 && token.kind === 'word' && !token.joined ? [at] : []));
  const isNoun = (at: number) => article.test(rest[at - 1]?.word ?? '') && rest[at - 1]?.word !== 'to';
  const relative = (at: number) => /^(?:that|which|who|whose|and|or|of)$/.test(rest[at - 1]?.word ?? '');
  const usable = places.filter((at) => !isNoun(at) && !relative(at));
  const verbs = usable.filter((at) => isVerb(rest, at, isBe));
  const meets = (word: string) => joins.test(word) || parts.test(word);
  const wordAt = (at: number) => rest[at]?.word ?? '';
  const strong = verbs.find((at) => !meets(wordAt(at)) && modificationOf(wordAt(at)) === undefined);
  return strong ?? verbs.find((at) => !meets(wordAt(at))) ?? verbs[0];
}

const verbInEn =
  /^(?:weaken|strengthen|shorten|heighten|lessen|dampen|deepen|widen|hasten|quicken|loosen|tighten|speed|slow|down)$/;
const participle = /(?:ed|en|lost|cut|bound|held|put|off|on|up|down|led|driven)$/;
const noun = /(?:ing|ion|ions|ment|ade|[^n]hance)$/;

function isVerb(rest: readonly Token[], at: number, isBe: boolean): boolean {
  const word = rest[at]?.word ?? '';
  const known =
    isEffectVerb(word) || modificationOf(word) !== undefined || joins.test(word) || parts.test(word);
  if (isBe || be.test(rest[at - 1]?.word ?? '')) {
    if (agentive.test(word)) return true;
    if (known && participle.test(word)) return true;
    if (isStateWord(word)) return true;
    return !isBe && be.test(word);
  }
  if (isNeutralVerb(word))
    return !/(?:ing|ed|s)$/.test(word) || /^(?:cause|increase)$/.test(word)
      ? !/^(?:need|act|had|has|led|made|gave|brought|kept|left|being|been)$/.test(word)
      : false;
  return (
    known &&
    !noun.test(word) &&
    (verbInEn.test(word) || !participle.test(word)) &&
    (!word.endsWith('s') || /(?:ss|suppress|repress)$/.test(word)) &&
    !/^(?:loss|lost|complexes?|complex|gains?|up|down|contact|pair)$/.test(word)
  );
}

function taken(before: Token[], rest: readonly Token[], verbAt: number, isBe: boolean): Clause {
  const verb = rest[verbAt] as Token;
  const subject = rest.slice(0, verbAt).filter(({ word }) => !be.test(word) || !isBe);
  if (agentive.test(verb.word) && verb.word !== 'bound')
    return behindAdjective(before, subject, rest, verbAt);
  const isPassive = isBe || be.test(rest[verbAt - 1]?.word ?? '') || be.test(verb.word);
  const end = objectEnd(rest, verbAt);
  const object = rest.slice(verbAt + 1, end);
  const after = rest.slice(end);
  const hasObject = object.some(({ kind }) => kind === 'name');
  const isAboutSubject = isPassive || (!hasObject && (isIntransitive(verb.word) || isState(verb, object)));
  return { before, subject, verb, object, after, isAboutSubject };
}

/** `does AKT become more active`, `does X go up`. */
function isState(verb: Token, object: readonly Token[]): boolean {
  return isNeutralVerb(verb.word) && object.some(({ word }) => polarityOf(word) !== undefined);
}

/** `is PTEN loss sufficient to raise AKT activity`: what follows is read as if it were the verb of a `does` question. */
function behindAdjective(before: Token[], subject: Token[], rest: readonly Token[], at: number): Clause {
  const verbAt = rest.findIndex(
    ({ kind, word }, i) => i > at && kind === 'word' && isVerb(rest, i, false) && !/^(?:to)$/.test(word),
  );
  const toAt = rest.findIndex(({ word }, i) => i > at && word === 'to');
  if (verbAt > 0 && toAt > 0 && toAt < verbAt) {
    const clause = taken(before, [...subject, ...rest.slice(verbAt)], subject.length, false);
    if (be.test(clause.verb.word)) return { ...clause, isAboutSubject: true };
    return clause;
  }
  const end = objectEnd(rest, at + 1);
  const verb = { ...(rest[at] as Token), word: 'promote' };
  return {
    before,
    subject,
    verb,
    object: rest.slice(at + 1, end),
    after: rest.slice(end),
    isAboutSubject: false,
  };
}

const changeNoun =
  /^(?:rise|fall|increase|decrease|drop|decline|reduction|change|gain|elevation|surge|loss|accumulation)$/;
const keepsFrom = /^(?:protect|prevent|keep|stop|block|save|shield|free|release|spare|relieve|rescue|hold)/;

/** The object ends where another phrase begins: a comma or a preposition that belongs to no verb or noun before it. */
function objectEnd(rest: readonly Token[], verbAt: number): number {
  const verb = rest[verbAt]?.word ?? '';
  let meets = joins.test(verb) || parts.test(verb);
  for (let at = verbAt + 1; at < rest.length; at++) {
    const { kind, word, joined } = rest[at] as Token;
    if (kind === 'mark') return at;
    if (joins.test(word) || parts.test(word)) meets = true;
    const isVerbs =
      at === verbAt + 1 && !isIntransitive(verb) && /^(?:in|with|for|from|against|on)$/.test(word);
    if (joined || !cuts.test(word) || isVerbs) continue;
    if (word === 'in' && changeNoun.test(rest[at - 1]?.word ?? '')) continue;
    if (meets && /^(?:with|from|on|onto|into|by|that)$/.test(word)) continue;
    if (/^(?:from|against)$/.test(word) && keepsFrom.test(verb)) continue;
    return at;
  }
  return rest.length;
}
