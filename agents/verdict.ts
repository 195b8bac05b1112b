import type { Verdict } from '../src/run.ts';
import { isUncertain } from './uncertainty.ts';

/** `unparsed`: no Yes or No could be read, or the reply abstained. In compat it then still counts as No. */
export interface ReadVerdict {
  verdict: Verdict | null;
  unparsed: boolean;
}

/**
 * Reads a Yes or No from the reply to a verdict request; spec §3.5.5. In compat the reference's rules hold:
 * any "yes" is Yes and all the rest is No. Otherwise an abstention, both words or neither is unparsed.
 */
export function readVerdict(reply: string, { compat = false } = {}): ReadVerdict {
  const bare = reply.trim().toLowerCase().replaceAll('.', '').trim();
  if (compat) return { verdict: compatVerdict(bare), unparsed: !/\b(?:yes|no|not)\b/.test(bare) };
  const verdict = abstains(reply) ? null : wordVerdict(bare);
  return { verdict, unparsed: verdict === null };
}

/** The last verdict that a piece of reasoning states as its answer; undefined where it states none. */
export function statedVerdict(reasoning: string): Verdict | undefined {
  const stated = reasoning.toLowerCase().matchAll(/\banswer(?: to the question)?(?: is|:)\W{0,4}(yes|no)\b/g);
  const last = [...stated].at(-1)?.[1];
  return last === undefined ? undefined : last === 'yes' ? 'Yes' : 'No';
}

function compatVerdict(bare: string): Verdict {
  if (bare === 'yes' || (bare.includes('yes') && bare.includes('guess'))) return 'Yes';
  if (bare === 'no' || (bare.includes('no') && bare.includes('guess'))) return 'No';
  return bare.includes('yes') ? 'Yes' : 'No';
}

const ABSTENTION =
  /\b(?:can(?:no|')t (?:tell|say|answer)|(?:don't|do not) know|not (?:sure|enough|possible to)|unknown)\b/;

function abstains(reply: string): boolean {
  return isUncertain(reply) || ABSTENTION.test(reply.toLowerCase().replaceAll('’', "'"));
}

/** The first word decides when it is one of the two; else the only one of the two that occurs. */
function wordVerdict(bare: string): Verdict | null {
  const first = /^\W*(yes|no)\b/.exec(bare)?.[1];
  if (first !== undefined) return first === 'yes' ? 'Yes' : 'No';
  const yes = /\byes\b/.test(bare);
  const no = /\b(?:no|not)\b/.test(bare);
  if (yes === no) return null;
  return yes ? 'Yes' : 'No';
}
