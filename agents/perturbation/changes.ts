import { opposite, times } from '../../graphs/perturb/signed-step.ts';
import type { Direction } from '../../src/run.ts';
import type { Token } from './tokens.ts';
import { activating, drivenBy, gains, loses, roles } from './words.ts';

/** A name as something that is changed. */
export interface Change {
  node: string;
  /** Its place among the tokens. */
  at: number;
  direction: Direction;
  /** The text says so; a bare name is taken as present and active. */
  stated: boolean;
}

/** Words that may stand between a name and what is done to it. */
const between =
  /^(?:of|in|for|against|to|the|a|an|its|their|this|that|both|all|either|any|some|functional|function|mutations?|variants?|alleles?|encoding|encodes?|on|from|towards?|activity|expression|signall?ing|levels?|human|endogenous|cellular|enzyme|mice|cells?|pathway|catalytic|wild|type|specific|selective|potent|small|molecule|more|added|exogenous|recombinant|site|form|version|copies|copy|amounts?|gene|protein|kinase|activating|genetic|pharmacological|acute|chronic|complete|full|constitutively|active|supply|binding|itself|neutralising|neutralizing|blocking|out|down|off|away|negative|tumou?r|transcription|growth|master|key|main|upstream|downstream|positive|lipid|tyrosine|serine|threonine|surface|immune|inhibitory|nuclear|death|adhesion|transcriptional|membrane|such|as|like|drug|compound|one|two|other|new)$/;
const linking =
  /^(?:is|are|was|were|has|have|been|being|be|gets?|becomes?|gene|genes|protein|proteins|kinase|receptors?|activity|function|expression|signall?ing|levels?|itself|alone|completely|genetically|pharmacologically|first|then|already|acutely|instead|selectively|permanently|constitutively|specifically|the|mrna|pathway|of)$/;
const present =
  /^(?:inhibits|blocks|reduces|lowers|suppresses|represses|activates|increases|raises|promotes|stimulates|induces|enhances|limits|degrades|removes|starves|silences|prevents|deletes|lacks|loses|triggers|allows|lets|drives|destroys|opposes|restrains|helps|supports|stops|treats|expresses)$/;
const bare =
  /^(?:inhibit|block|reduce|lower|suppress|repress|activate|increase|raise|promote|stimulate|induce|enhance|limit|degrade|remove|silence|prevent|trigger|allow|drive|oppose|restrain|help|support|stop|express|impair|restore|diminish|attenuate|boost|elevate|abolish)$/;

/** All names in the tokens as changes, in order; those that only say what drives something else are left out. */
export function changesIn(tokens: readonly Token[]): Change[] {
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'name' || isBackground(tokens, at)) return [];
    const stated = statedChange(tokens, at);
    return [{ node: token.node, at, direction: stated ?? '+', stated: stated !== undefined }];
  });
}

/** `insulin-stimulated uptake`: insulin is the setting. */
export function isBackground(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1];
  return next?.joined === true && drivenBy.test(next.word);
}

/** `the MEK inhibitor trametinib`: a role before the name, with no preposition, is told of the name itself. */
export function isRoleOf(tokens: readonly Token[], at: number): boolean {
  const [token, next] = [tokens[at], tokens[at + 1]];
  return token?.kind === 'word' && roles.test(token.word) && next?.kind === 'name' && !next.joined;
}

/** `MEK` in `the MEK inhibitor trametinib`. */
export function isModifierOfName(tokens: readonly Token[], at: number): boolean {
  let next = at + 1;
  while (tokens[next]?.kind === 'word' && roles.test(tokens[next]?.word ?? '')) next++;
  return next > at + 1 && tokens[next]?.kind === 'name' && !tokens[next]?.joined;
}

function statedChange(tokens: readonly Token[], at: number): Direction | undefined {
  const after = changeAfter(tokens, at);
  const before = changeBefore(tokens, at);
  if (after === undefined) return before;
  return before === undefined ? after : times(after, before);
}

const reach = 6;

function changeBefore(tokens: readonly Token[], at: number): Direction | undefined {
  let found: Direction | undefined;
  let wasCue = false;
  let isActive = false;
  for (let i = at - 1; i >= Math.max(0, at - reach); i--) {
    const token = tokens[i] as Token;
    if (token.kind === 'mark' || token.word === 'by') return found;
    if (token.word === 'with') return found ?? (isTreatment(tokens[i - 1]) ? '+' : undefined);
    if (token.kind === 'name') {
      if (isModifierOfName(tokens, i)) continue;
      return (
        found ?? (/^(?:and|or|plus)$/.test(tokens[i + 1]?.word ?? '') ? statedChange(tokens, i) : undefined)
      );
    }
    if (isRoleOf(tokens, i)) continue;
    if (activating.test(token.word)) isActive = true;
    const cue = cueOf(token.word);
    if (
      cue &&
      !(present.test(token.word) || (bare.test(token.word) && i > 0 && !wasCue && found !== undefined))
    ) {
      const dulled = cue === '-' && isActive && /^mutants?$/.test(token.word);
      if (!wasCue && !dulled) found = found === undefined ? cue : times(found, cue);
      wasCue = true;
      continue;
    }
    if (/^(?:and|or)$/.test(token.word)) continue;
    wasCue = false;
    // `the ubiquitin ligase MDM2`: one word may tell what kind of role it is.
    if (!between.test(token.word) && !roles.test(tokens[i + 1]?.word ?? '')) return found;
  }
  return found;
}

function isTreatment(token: Token | undefined): boolean {
  return token !== undefined && gains.test(token.word);
}

function changeAfter(tokens: readonly Token[], at: number): Direction | undefined {
  let isLinked = false;
  for (let i = at + 1; i < Math.min(tokens.length, at + reach); i++) {
    const token = tokens[i] as Token;
    if (token.kind !== 'word' || (i === at + 1 && isRoleOf(tokens, i))) return undefined;
    if (/^(?:is|are|was|were|has|have|been|being|be|gets?|becomes?)$/.test(token.word)) isLinked = true;
    const cue = cueOf(token.word);
    if (cue && isChangeAfter(token, isLinked)) return negated(tokens, i) ? opposite(cue) : cue;
    if (!linking.test(token.word) && !token.joined) return undefined;
  }
  return undefined;
}

function negated(tokens: readonly Token[], at: number): boolean {
  return /^(?:not|no|never)$/.test(tokens[at - 1]?.word ?? '');
}

/** After a name a noun or, with a form of `be`, a participle tells a change; an active verb tells what the name does. */
function isChangeAfter({ word, joined }: Token, isLinked: boolean): boolean {
  if (joined) return true;
  if (present.test(word) || bare.test(word)) return false;
  return isLinked || !/(?:ed|ing)$/.test(word) || /^(?:treated|depleted)$/.test(word);
}

function cueOf(word: string): Direction | undefined {
  if (activating.test(word)) return '+';
  if (loses.test(word)) return '-';
  return gains.test(word) ? '+' : undefined;
}
