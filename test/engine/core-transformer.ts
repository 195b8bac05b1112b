import { readFileSync } from 'node:fs';
import type { GgufFile } from '../../src/engine/gguf.ts';
import { readParameters } from '../../src/engine/model-parameters.ts';
import type { ModelParameters } from '../../src/engine/native-core.ts';
import { angles, attention, blockFormats, decodeRow, halfToNumber } from './core-reference.ts';

type Matrix = number[][];

/**
 * The logits of every token of a sequence, computed from the paper's formulas in doubles, weights dequantised,
 * no cache and no blocks. For tiny models only.
 */
export function referenceLogits(gguf: GgufFile, tokens: readonly number[]): Matrix {
  const hp = readParameters(gguf);
  const weights = new Weights(gguf);
  const embedding = weights.matrix('token_embd.weight');
  let x = tokens.map((token) => embedding[token]!.map((value) => value * hp.embeddingScale));
  for (let layer = 0; layer < hp.layers; layer++) {
    const at = (name: string) => `blk.${layer}.${name}`;
    const norm = (rows: Matrix, name: string) => normed(rows, weights.row(at(`${name}.weight`)), hp);
    const post = (rows: Matrix, name: string) => (hp.postNorms ? norm(rows, name) : rows);
    const local = hp.window > 0 && (layer + 1) % hp.globalEvery !== 0;
    const attended = attentionLayer(norm(x, 'attn_norm'), weights, at, hp, local);
    x = add(x, post(attended, 'post_attention_norm'));
    x = add(x, post(feedForward(norm(x, 'ffn_norm'), weights, at, hp), 'post_ffw_norm'));
  }
  const head = weights.has('output.weight') ? weights.matrix('output.weight') : embedding;
  return times(normed(x, weights.row('output_norm.weight'), hp), head);
}

class Weights {
  readonly #gguf: GgufFile;
  readonly #bytes: Buffer;
  constructor(gguf: GgufFile) {
    this.#gguf = gguf;
    this.#bytes = readFileSync(gguf.path);
  }
  has = (name: string) => this.#gguf.tensors.has(name);
  row = (name: string) => this.matrix(name)[0]!;
  matrix(name: string): Matrix {
    const { shape, type, offset, byteLength } = this.#gguf.tensors.get(name)!;
    const rows = shape[1] ?? 1;
    const bytes = byteLength / rows;
    return Array.from({ length: rows }, (_, i) =>
      decode(
        type,
        new Uint8Array(this.#bytes.subarray(offset + i * bytes, offset + (i + 1) * bytes)),
        shape[0]!,
      ),
    );
  }
}

function decode(type: string, row: Uint8Array, n: number): number[] {
  const view = new DataView(row.buffer, row.byteOffset);
  if (type === 'F32') return Array.from({ length: n }, (_, i) => view.getFloat32(i * 4, true));
  if (type === 'F16') return Array.from({ length: n }, (_, i) => halfToNumber(view.getUint16(i * 2, true)));
  if (type !== 'BF16') return decodeRow(blockFormats[type]!, row, n);
  const word = new DataView(new ArrayBuffer(4));
  return Array.from({ length: n }, (_, i) => {
    word.setUint16(0, view.getUint16(i * 2, true));
    return word.getFloat32(0);
  });
}

function attentionLayer(
  x: Matrix,
  weights: Weights,
  at: (name: string) => string,
  hp: ModelParameters,
  local: boolean,
): Matrix {
  const project = (name: string) => {
    const product = times(x, weights.matrix(at(`attn_${name}.weight`)));
    const bias = at(`attn_${name}.bias`);
    return weights.has(bias) ? product.map((row) => plus(row, weights.row(bias))) : product;
  };
  const rope = local ? { ...hp, ropeBase: hp.localRopeBase, ropeScale: 1 } : hp;
  const factors = weights.has('rope_freqs.weight') ? weights.row('rope_freqs.weight') : undefined;
  const prepared = (name: string) => {
    const rows = hp.qkNorm
      ? normedHeads(project(name), weights.row(at(`attn_${name}_norm.weight`)), hp)
      : project(name);
    return rows.map((row, position) => rotate(row, position, rope, factors));
  };
  const [q, k, v] = [prepared('q'), prepared('k'), project('v')];
  const head = (row: number[], h: number) => row.slice(h * hp.headDim, (h + 1) * hp.headDim);
  const group = hp.heads / hp.kvHeads;
  const mixed = q.map((row, t) =>
    Array.from({ length: hp.heads }, (_, h) => {
      const first = local ? Math.max(0, t - hp.window + 1) : 0;
      const seen = (rows: Matrix) => rows.slice(first, t + 1).map((r) => head(r, Math.floor(h / group)));
      const scaled = head(row, h).map((value) => value * hp.attentionScale);
      return attention(scaled, seen(k), seen(v));
    }).flat(),
  );
  return times(mixed, weights.matrix(at('attn_output.weight')));
}

function rotate(
  row: number[],
  position: number,
  hp: ModelParameters,
  factors: number[] | undefined,
): number[] {
  const out = [...row];
  const half = hp.ropeDims / 2;
  for (let start = 0; start < row.length; start += hp.headDim) {
    for (let i = 0; i < half; i++) {
      const scaled = position / hp.ropeScale / (factors?.[i] ?? 1);
      const [cos, sin] = angles(scaled, hp.ropeDims, hp.ropeBase).slice(2 * i, 2 * i + 2) as unknown as [
        number,
        number,
      ];
      const [a, b] = hp.ropeNeox ? [start + i, start + i + half] : [start + 2 * i, start + 2 * i + 1];
      out[a] = row[a]! * cos - row[b]! * sin;
      out[b] = row[a]! * sin + row[b]! * cos;
    }
  }
  return out;
}

function feedForward(
  x: Matrix,
  weights: Weights,
  at: (name: string) => string,
  { gelu }: ModelParameters,
): Matrix {
  const gate = times(x, weights.matrix(at('ffn_gate.weight')));
  const up = times(x, weights.matrix(at('ffn_up.weight')));
  const tanh = (g: number) => Math.tanh(Math.sqrt(2 / Math.PI) * (g + 0.044715 * g ** 3));
  const act = (g: number) => (gelu ? 0.5 * g * (1 + tanh(g)) : g / (1 + Math.exp(-g)));
  const hidden = gate.map((row, t) => row.map((g, i) => act(g) * up[t]![i]!));
  return times(hidden, weights.matrix(at('ffn_down.weight')));
}

const plus = (a: number[], b: number[]) => a.map((value, i) => value + b[i]!);
const add = (a: Matrix, b: Matrix) => a.map((row, t) => plus(row, b[t]!));
const times = (x: Matrix, weight: Matrix) =>
  x.map((row) => weight.map((w) => w.reduce((sum, value, i) => sum + value * row[i]!, 0)));

function normedHeads(x: Matrix, weight: number[], hp: ModelParameters): Matrix {
  const heads = (row: number[]) =>
    Array.from({ length: row.length / hp.headDim }, (_, h) =>
      row.slice(h * hp.headDim, (h + 1) * hp.headDim),
    );
  return x.map((row) => normed(heads(row), weight, hp).flat());
}

function normed(x: Matrix, weight: number[], { normEpsilon }: ModelParameters): Matrix {
  return x.map((row) => {
    const mean = row.reduce((sum, value) => sum + value * value, 0) / row.length;
    return row.map((value, i) => (value / Math.sqrt(mean + normEpsilon)) * weight[i]!);
  });
}
