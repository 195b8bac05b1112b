import type { Measurement } from './measurement.ts';

/** What the peer reads: our file, the same weights as Q4_0, which llama.cpp repacks, or our file with quantised KV. */
export type PeerFormat = 'same' | 'Q4_0' | 'Q8_0 KV' | 'Q4_0 KV';

interface Bar {
  /** Beginning of the model file's SHA-256; every model where there is none. */
  model?: string;
  what: Measurement['what'];
  depth?: number;
  kv?: string;
  peerFormat?: PeerFormat;
  bar: number;
}

const smollm = 'b179c9523d0e6a0f';
const qwen05 = '1d9614638d18024d';
const qwen15 = 'cc324af070c2ecbf';

/** What the product's charter asks of the measured models. */
const bars: readonly Bar[] = [
  { model: smollm, what: 'decode', depth: 0, bar: 2 },
  { model: smollm, what: 'decode', depth: 0, peerFormat: 'Q4_0', bar: 1.3 },
  { model: qwen05, what: 'decode', depth: 0, bar: 1.2 },
  { model: qwen15, what: 'decode', depth: 0, bar: 1 },
  { model: smollm, what: 'decode', depth: 4096, kv: 'full', bar: 3 },
  { model: smollm, what: 'decode', depth: 8192, kv: 'specache 2-bit', bar: 4 },
  { model: qwen05, what: 'decode', depth: 8192, kv: 'specache 2-bit', bar: 3 },
  { model: qwen05, what: 'decode', depth: 32_768, kv: 'specache 2-bit', bar: 6 },
  { model: smollm, what: 'prefill', depth: 512, bar: 3 },
  { model: smollm, what: 'prefill', depth: 512, peerFormat: 'Q4_0', bar: 1 },
  { model: smollm, what: 'prefill', depth: 4096, bar: 2.5 },
  { what: '16 chats', bar: 3 },
  { what: 'first token, prefix hit', bar: 0.1 },
  { what: 'first token, after restart', bar: 0.1 },
  { model: qwen05, what: 'anonymous memory over idle', kv: 'specache 2-bit, file', bar: 1 },
  { what: 'fast KV bytes', depth: 8192, kv: 'specache 2-bit, file', bar: 0.19 },
  { what: 'fast KV bytes', depth: 8192, kv: 'specache 1-bit, file', bar: 0.13 },
  { what: 'fast KV bytes', depth: 32_768, kv: 'specache 2-bit, file', bar: 0.165 },
  { what: 'fast KV bytes', depth: 32_768, kv: 'specache 1-bit, file', bar: 0.105 },
];

export function barOf(
  sha256: string,
  row: Pick<Measurement, 'what' | 'depth' | 'kv'> & { peerFormat: PeerFormat },
): number | null {
  const found = bars.find(
    ({ model = '', what, depth = row.depth, kv = row.kv, peerFormat = 'same' }) =>
      sha256.startsWith(model) &&
      what === row.what &&
      depth === row.depth &&
      kv === row.kv &&
      peerFormat === row.peerFormat,
  );
  return found?.bar ?? null;
}

/** Megabytes for the fast tier that a conversation of this depth is measured within; undefined: what `serve` gives it. */
export const fastBudgetMb = (sha256: string, depth: number) =>
  sha256.startsWith(qwen05) && depth === 32_768 ? 72 : undefined;

/** Whether the charter compares this model with its weights as Q4_0 too. */
export const hasQ4Bars = (sha256: string) => sha256.startsWith(smollm);
