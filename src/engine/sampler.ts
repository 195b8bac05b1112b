import { keepLikeliest, keepNucleus, pick, weigh } from './candidates.ts';
import { randomSource } from './random.ts';

export interface SamplerSettings {
  /** 0 takes the likeliest token, the lowest id among equals. */
  temperature: number;
  /** Keep this many likeliest tokens; 0 keeps all. */
  topK: number;
  /** Keep the likeliest tokens that together reach this probability; 1 keeps all. */
  topP: number;
  /** Keep tokens at least this likely, as a share of the likeliest; 0 keeps all. */
  minP: number;
  /** Divides positive and multiplies negative logits of every token in prompt and reply; 1 is off. */
  repetitionPenalty: number;
  /** Subtracted once from tokens in the reply. */
  presencePenalty: number;
  /** Subtracted for each time a token is in the reply. */
  frequencyPenalty: number;
  /** Added to the logits of these ids. */
  logitBias: ReadonlyMap<number, number>;
  seed: number;
}

export const greedySettings: SamplerSettings = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  logitBias: new Map(),
  seed: 0,
};

/**
 * Chooses the tokens of one generation. The order is bias, penalties, temperature, top-k, top-p, min-p, then a
 * draw from what is left, with a random source of its own: the choice depends on the logits and this
 * generation's past alone.
 */
export class Sampler {
  readonly #settings: SamplerSettings;
  readonly #random: () => number;
  /** How often each token is in the reply; prompt tokens count 0 times. Empty while no penalty asks for it. */
  readonly #counts = new Map<number, number>();
  readonly #penalises: boolean;

  constructor(settings: SamplerSettings, prompt: Iterable<number> = []) {
    this.#settings = settings;
    this.#random = randomSource(settings.seed);
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = settings;
    this.#penalises = repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0;
    if (repetitionPenalty !== 1) for (const id of prompt) this.#counts.set(id, 0);
  }

  /**
   * The next token, by one row of logits (one for each token of the vocabulary). The row is changed. With a mask, only
   * tokens whose bit is set (bit i of the words is token i) can be chosen.
   */
  sample(logits: Float32Array, mask?: Uint32Array): number {
    this.#adjust(logits);
    if (mask) applyMask(logits, mask);
    const best = argmax(logits);
    const id = this.#settings.temperature === 0 ? best : this.#draw(logits, logits[best]!);
    this.note(id);
    return id;
  }

  /** Counts a token that is in the reply without having been sampled. */
  note(id: number): void {
    if (this.#penalises) this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
  }

  choose(logits: Float32Array): readonly number[] {
    return [this.sample(logits)];
  }

  #adjust(logits: Float32Array): void {
    const { logitBias, repetitionPenalty, presencePenalty, frequencyPenalty } = this.#settings;
    for (const [id, bias] of logitBias) logits[id]! += bias;
    for (const [id, count] of this.#counts) {
      const logit = logits[id]!;
      const repeated = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      logits[id] = repeated - frequencyPenalty * count - (count > 0 ? presencePenalty : 0);
    }
  }

  #draw(logits: Float32Array, highest: number): number {
    const { temperature, topK, topP, minP } = this.#settings;
    const candidates = weigh(logits, highest, temperature);
    if (topK > 0 && topK < candidates.ids.length) keepLikeliest(candidates, logits, topK);
    if (topP < 1) keepNucleus(candidates, logits, topP);
    return pick(candidates, minP, this.#random());
  }
}

/** No logit is left to tokens whose bit is 0; whole words of them go at once. */
function applyMask(logits: Float32Array, mask: Uint32Array): void {
  for (let from = 0; from < logits.length; from += 32) {
    const word = mask[from >>> 5]!;
    if (word === 0xffffffff) continue;
    const end = Math.min(from + 32, logits.length);
    if (word === 0) logits.fill(Number.NEGATIVE_INFINITY, from, end);
    else
      for (let id = from; id < end; id++)
        if (!((word >>> (id & 31)) & 1)) logits[id] = Number.NEGATIVE_INFINITY;
  }
}

/** The place of the highest value, the first among equals. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  if (Number.isFinite(values[best])) return best;
  throw new Error('the model returned no finite logit');
}
