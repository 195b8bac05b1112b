import type { Sign } from '../../../src/run.ts';
import { agreedSign } from '../../signs.ts';

/** What networks write on their edges, in small letters with single spaces: SIF's words (spec §1.9) and their synonyms. */
const raising = words(
  `activates, activation, activate, stimulates, stimulation, physical stimulation, necessary stimulation,
  controls expression of, positive influence, positive regulation, positively regulates, increases, directly increases,
  increase amount, increases expression of, upregulates, up regulates, expression, induces, promotes,
  transcriptional activation, transcriptional activator, mim stimulation, mim necessary stimulation,
  mim transcription translation`,
);
const lowering = words(
  `inhibits, inhibition, inhibit, represses, repression, negative influence, negative regulation, negatively regulates,
  decreases, directly decreases, decrease amount, decreases expression of, downregulates, down regulates,
  suppresses, transcriptional repression, transcriptional repressor, mim inhibition`,
);

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(',').map((word) => word.replaceAll(/\s+/g, ' ').trim()));
}

/**
 * The sign of an edge by its label. Parts after semicolons are heard one by one; a number's sign is its own; SIGNOR's
 * `up-regulates …` and `down-regulates …` count whatever follows. What says nothing of a direction is unsigned.
 */
export function signOfInteraction(label: string): Sign {
  return agreedSign(label.slice(0, 1_000).split(';').map(signOfPart));
}

function signOfPart(part: string): Sign {
  const number = part.trim() === '' ? Number.NaN : Number(part);
  if (Number.isFinite(number)) return number > 0 ? '+' : number < 0 ? '-' : '0';
  const text = part
    .replace(/^\s*\w+:/, '') // BEL's words come as `bel:directlyIncreases`
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim();
  if (raising.has(text) || /^up ?regulates\b/.test(text)) return '+';
  return lowering.has(text) || /^down ?regulates\b/.test(text) ? '-' : '0';
}
