import type { Engine, LowBitOptions, Sequence } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { haystack, type Needle, type NeedleKind } from './haystack.ts';
import { indexOfBest } from './logit-rows.ts';
import type { LongText } from './long-texts.ts';
import { type Pair, pairedDifference } from './quality-figures.ts';

export interface NeedleOptions {
  modelFile: string;
  threads?: number | undefined;
  texts: readonly LongText[];
  seed: number;
  /** At least so many questions are asked both ways. */
  trials: number;
  lowBit: LowBitOptions;
  signal: AbortSignal;
  note: (text: string) => void;
}

/** One question, answered over full keys and values and over their low-bit copy; a haystack is a group. */
export interface Trial extends Pair {
  kind: NeedleKind;
}

const contextLength = 8192;
export const answerTokens = 28;

/**
 * Facts hidden in natural text, asked for in pairs of forks of the same prefilled haystack: one decodes question and
 * answer over full keys and values, the other over the low-bit copy. All forks of a haystack are one batch.
 */
export async function measureNeedles(options: NeedleOptions) {
  const { modelFile, threads, texts, seed, trials: wanted, lowBit, signal, note } = options;
  const engine = await loadEngine(modelFile, { threads, contextLength, lowBit });
  const trials: Trial[] = [];
  try {
    for (let index = 0; trials.length < wanted; index++) {
      signal.throwIfAborted();
      const { text, needles } = haystack(texts, engine.tokenizer, seed, index);
      const asked = await ask(engine, text, needles, signal);
      trials.push(...asked.map((trial) => ({ ...trial, group: index })));
      const found = (way: 'full' | 'low') => trials.filter((trial) => trial[way]).length;
      note(`${trials.length} of ${wanted} trials: full finds ${found('full')}, low-bit ${found('low')}`);
    }
  } finally {
    engine.close();
  }
  const kinds = ['single', 'multi-key', 'multi-value'] as const;
  const of = (kind: NeedleKind | 'all') => ({
    kind,
    ...ratesOf(trials.filter((trial) => kind === 'all' || trial.kind === kind)),
  });
  return (['all', ...kinds] as const).map(of).filter(({ n }) => n > 0);
}

function ratesOf(trials: readonly Trial[]) {
  const rate = (way: 'full' | 'low') => trials.filter((trial) => trial[way]).length / trials.length;
  return { fullRate: rate('full'), lowRate: rate('low'), ...pairedDifference(trials) };
}

async function ask(
  engine: Engine,
  text: string,
  needles: readonly Needle[],
  signal: AbortSignal,
): Promise<Omit<Trial, 'group'>[]> {
  const base = engine.createSequence();
  const tokens = engine.tokenizer.encode(text);
  await engine.forward([{ sequence: base, tokens, logits: 'none' }]);
  const part = base.share(0, tokens.length);
  base.free();
  const lanes = needles.flatMap(({ question }) =>
    [false, true].map((lowBit) => new Lane(engine, engine.createSequence([part]), question, lowBit)),
  );
  part.free();
  try {
    for (let left = lanes; left.length > 0; left = left.filter((lane) => !lane.isDone)) {
      signal.throwIfAborted();
      const rows = await engine.forward(left.map((lane) => lane.entry));
      for (const [i, lane] of left.entries()) lane.take(rows[i]!);
    }
    return needles.map(({ kind, values }, i) => {
      const found = (lane: Lane) => values.every((value) => lane.answer.includes(value));
      return { kind, full: found(lanes[2 * i]!), low: found(lanes[2 * i + 1]!) };
    });
  } finally {
    for (const lane of lanes) lane.sequence.free();
  }
}

/** A fork of the haystack: reads the question one token at a time, then goes on greedily. */
class Lane {
  readonly sequence: Sequence;
  readonly #engine: Engine;
  readonly #lowBit: boolean;
  readonly #question: number[];
  readonly #answer: number[] = [];

  constructor(engine: Engine, sequence: Sequence, question: string, lowBit: boolean) {
    this.#engine = engine;
    this.sequence = sequence;
    this.#lowBit = lowBit;
    this.#question = engine.tokenizer.encode(question).reverse();
  }

  get isDone(): boolean {
    return this.#answer.length === answerTokens;
  }

  get answer(): string {
    return this.#engine.tokenizer.decode(this.#answer);
  }

  get entry() {
    const asked = this.#question.pop();
    const logits: 'last' | 'none' = this.#question.length === 0 ? 'last' : 'none';
    return { sequence: this.sequence, tokens: [asked ?? this.#answer.at(-1)!], logits, lowBit: this.#lowBit };
  }

  take(logits: Float32Array): void {
    if (logits.length > 0) this.#answer.push(indexOfBest(logits));
  }
}
