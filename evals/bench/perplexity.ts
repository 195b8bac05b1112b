import type { Engine, LowBitOptions, Sequence } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import type { LongText } from './long-texts.ts';
import { Divergence } from './quality-figures.ts';

export interface PerplexityOptions {
  modelFile: string;
  threads?: number | undefined;
  texts: readonly LongText[];
  /** Natural windows, taken from the texts in turn. */
  windows: number;
  /** Tokens of a window that are prefilled, and where it ends. */
  from: number;
  to: number;
  lowBit: LowBitOptions;
  signal: AbortSignal;
  note: (text: string) => void;
}

/**
 * Windows of natural text, teacher-forced through decode: each token at a time, once over full keys and values, once
 * over the low-bit copy, whose own keys and values go on from what it has computed itself. All windows and both ways
 * are one batch.
 */
export async function measurePerplexity(options: PerplexityOptions) {
  const { from, to, lowBit, threads, signal, note } = options;
  const engine = await loadEngine(options.modelFile, { threads, contextLength: to, lowBit });
  try {
    const divergence = new Divergence();
    const windows = windowsOf(engine, options);
    const lanes = await Promise.all(windows.map((tokens) => open(engine, tokens.slice(0, from))));
    note(`${windows.length} windows: the first ${from} tokens are read`);
    for (let at = from; at < to - 1; at++) {
      signal.throwIfAborted();
      const batch = lanes.flatMap(({ full, low }, i) => {
        const entry = { tokens: [windows[i]![at]!], logits: 'last' } as const;
        return [
          { ...entry, sequence: full },
          { ...entry, sequence: low, lowBit: true },
        ];
      });
      const rows = await engine.forward(batch);
      for (const [i, tokens] of windows.entries()) {
        divergence.add(rows[2 * i]!, rows[2 * i + 1]!, tokens[at + 1]!);
      }
      if ((at - from) % 256 === 255) note(`position ${at + 1} of ${to}`);
    }
    return divergence.figures;
  } finally {
    engine.close();
  }
}

/** The same prompt for both ways, computed once. */
async function open(engine: Engine, prompt: readonly number[]): Promise<{ full: Sequence; low: Sequence }> {
  const full = engine.createSequence();
  await engine.forward([{ sequence: full, tokens: prompt, logits: 'none' }]);
  const part = full.share(0, prompt.length);
  const low = engine.createSequence([part]);
  part.free();
  return { full, low };
}

function windowsOf(engine: Engine, { texts, windows, to }: PerplexityOptions): number[][] {
  const tokens = texts.map(({ text }) => engine.tokenizer.encode(text));
  return Array.from({ length: windows }, (_, i) => {
    const text = tokens[i % texts.length]!;
    // A window begins where a part of its text does, past the title pages.
    const parts = Math.ceil(windows / texts.length) + 1;
    const start = Math.floor((text.length * (Math.floor(i / texts.length) + 0.5)) / parts);
    if (start + to > text.length) throw new RangeError(`${texts[i % texts.length]!.name} is too short`);
    return text.slice(start, start + to);
  });
}
