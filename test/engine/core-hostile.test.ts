import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readGguf } from '../../src/engine/gguf.ts';
import { ensureCore } from '../../src/engine/load-core.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { readParameters } from '../../src/engine/model-parameters.ts';
import type { NativeBatchEntry, NativeCore, NativeCoreOptions } from '../../src/engine/native-core.ts';
import { MalformedFileError, MissingError, PathactError } from '../../src/errors.ts';
import { encodeGguf, type TensorData, type Value } from '../helpers/encode-gguf.ts';
import { randomSource, tinyGguf, writeTinyGguf } from '../helpers/tiny-gguf.ts';

const { module } = await ensureCore();
let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathact-hostile-'));
  file = writeTinyGguf(join(folder, 'sound.gguf'), { weights: 'Q4_1', embedding: 'Q8_0' });
});
afterAll(() => rmSync(folder, { recursive: true }));

function soundOptions(): NativeCoreOptions {
  const gguf = readGguf(file);
  const tensors = [...gguf.tensors.values()].map((tensor) => ({ ...tensor, shape: [...tensor.shape] }));
  return { ...readParameters(gguf), path: file, simd: 'auto', threads: 1, contextLength: 64, tensors };
}

/** Opens a core that may refuse, and uses what it opened: a crash would end the test process. */
async function tryOut(options: NativeCoreOptions): Promise<string> {
  let core: NativeCore;
  try {
    core = new module.Core(options);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return (error as Error).message;
  }
  const sequence = core.createSequence();
  await core.forward([{ sequence, tokens: Int32Array.of(2), logits: 1 }]);
  core.close();
  return 'opened';
}

describe('a tensor table that lies', () => {
  const nasty = [
    0,
    1,
    31,
    32,
    33,
    63,
    65,
    4096,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 40,
    2 ** 53 - 1,
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ];

  test('is refused before a byte of it is read, whatever the lie', async () => {
    const random = randomSource(1);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 3000; round++) {
      const options = soundOptions();
      const tensor = pick(options.tensors);
      const field = pick(['typeId', 'offset', 'byteLength', 'shape', 'swap', 'drop'] as const);
      if (field === 'shape') tensor.shape[pick([0, 1, 2])] = pick(nasty);
      else if (field === 'swap') Object.assign(tensor, { ...pick(options.tensors), name: tensor.name });
      else if (field === 'drop')
        tensor.name = pick(['', 'x', 'token_embd.weight', 'blk.0.attn_q.bias', 'rope_freqs.weight']);
      else
        tensor[field] =
          field === 'typeId' ? pick([...nasty, 0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 30, 99]) : pick(nasty);
      const message = await tryOut(options);
      outcomes.set(message, (outcomes.get(message) ?? 0) + 1);
    }
    expect(outcomes.size).toBeGreaterThan(30);
  });

  test('hyper-parameters out of all bounds are refused', async () => {
    const random = randomSource(2);
    const names = [
      'layers',
      'embedding',
      'feedForward',
      'heads',
      'kvHeads',
      'headDim',
      'ropeDims',
      'vocabulary',
      'normEpsilon',
      'ropeBase',
      'ropeScale',
      'contextLength',
      'threads',
    ] as const;
    for (const name of names) {
      for (const value of nasty) {
        if (name === 'threads' && value > 300)
          expect(await tryOut({ ...soundOptions(), [name]: value })).toMatch(/threads/);
        else await tryOut({ ...soundOptions(), [name]: value });
      }
    }
    for (let round = 0; round < 500; round++) {
      const options = soundOptions();
      for (let i = 0; i < 2; i++) {
        const name = names[Math.floor(random() * 10)]!;
        options[name] = nasty[Math.floor(random() * nasty.length)]!;
      }
      await tryOut(options);
    }
  });

  test.each([
    ['nothing', undefined],
    ['a string', 'x'],
    ['an empty object', {}],
    ['a list of nulls', { ...{}, tensors: [null] }],
    ['an unknown level', { simd: 'sse9' }],
    ['a path that is a folder', { path: '/' }],
    ['a path that is not there', { path: '/nonexistent' }],
  ])('%s in place of options is refused', (_, lie) => {
    const options = typeof lie === 'object' && Object.keys(lie).length ? { ...soundOptions(), ...lie } : lie;
    expect(() => new module.Core(options as NativeCoreOptions)).toThrow();
  });
});

describe('the class itself', () => {
  test('refuses every wrong argument with an error', async () => {
    const core = new module.Core(soundOptions());
    const sequence = core.createSequence();
    const wrong: unknown[] = [undefined, null, -1, 0.5, Number.NaN, 2 ** 40, 'x', {}, [], 12345];
    for (const value of wrong) {
      expect(() => core.length(value as number)).toThrow();
      expect(() => core.free(value as number)).toThrow();
      expect(() => core.truncate(value as number, 0)).toThrow();
      expect(() => core.truncate(sequence, value as number)).toThrow();
      expect(() => core.share(value as number, 0, 0)).toThrow();
      expect(() => core.share(sequence, value as number, 0)).toThrow();
      expect(() => core.share(sequence, 0, value as number)).toThrow();
      expect(() => core.createSequence([value as number])).toThrow();
      if (value !== 12345 && value !== 2 ** 40) expect(() => core.drop(value as number)).toThrow();
      if (value !== undefined && !Array.isArray(value))
        expect(() => core.createSequence(value as never)).toThrow();
      const tokens = Int32Array.of(1);
      for (const batch of [
        value === undefined ? 3 : value,
        [value],
        [{ sequence: value, tokens, logits: 1 }],
        [{ sequence, tokens: value, logits: 1 }],
        [{ sequence, tokens, logits: value }],
        [{ sequence, tokens: new Float64Array(3), logits: 1 }],
        [{ sequence, tokens: Int32Array.of(-5), logits: 1 }],
        [{ sequence, tokens: new Int32Array(65), logits: 1 }],
      ]) {
        if (Array.isArray(batch) && batch.length === 0) continue;
        expect(() => core.forward(batch as never)).toThrow();
      }
    }
    const part = core.share(sequence, 0, 0);
    expect(() => core.forward([{ sequence: part, tokens: Int32Array.of(1), logits: 1 }])).toThrow('a part');
    const running = core.forward([{ sequence, tokens: Int32Array.of(1, 2), logits: 2 }]);
    expect(() => core.share(sequence, 0, 0)).toThrow('running');
    expect(() => core.createSequence([sequence])).toThrow('running');
    expect(() => core.forward([])).toThrow('running');
    expect(() => core.truncate(sequence, 0)).toThrow('running');
    core.close();
    await running;
    expect(() => core.createSequence()).toThrow('closed');
    expect(() => core.forward([])).toThrow('closed');
    expect(() => core.length(sequence)).toThrow('no such sequence');
    core.drop(sequence);
    expect(() => module.Core.prototype.close.call({} as NativeCore)).toThrow();
  });
});

test('calls in any order, on any handles, end well or with an error, and no memory is lost', async () => {
  const core = new module.Core({ ...soundOptions(), contextLength: 300, threads: 2 });
  const random = randomSource(7);
  const below = (n: number) => Math.floor(random() * n);
  const handles: number[] = [];
  const any = () => (random() < 0.95 && handles.length > 0 ? handles[below(handles.length)]! : below(5000));
  let running: Promise<unknown> | undefined;
  const calls: (() => unknown)[] = [
    () => handles.push(core.createSequence()),
    () => handles.push(core.createSequence(Array.from({ length: below(4) }, any))),
    () => handles.push(core.share(any(), 64 * below(4), below(300))),
    () => handles.push(core.share(any(), 0, below(200))),
    () => core.truncate(any(), below(200)),
    () => core.drop(any()),
    () => core.free(any()),
    () => {
      const entry = () => ({
        sequence: any(),
        tokens: new Int32Array(below(90)).fill(below(250)),
        logits: below(4),
      });
      const batch = Array.from({ length: 1 + below(3) }, entry) as NativeBatchEntry[];
      running = core.forward(batch);
    },
  ];
  let refused = 0;
  for (let i = 0; i < 6000; i++) {
    try {
      calls[below(calls.length)]!();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
      refused++;
    }
    if (random() < 0.2) await running;
    if (handles.length > 60) for (const handle of handles.splice(0, 40)) tryTo(() => core.free(handle));
  }
  await running;
  expect(refused).toBeGreaterThan(1000);
  expect(refused).toBeLessThan(5000);
  for (const handle of handles) tryTo(() => core.free(handle));
  expect(core.kvBytes).toBe(0);
  core.close();
});

function tryTo(act: () => void): void {
  try {
    act();
  } catch (error) {
    expect(String(error)).toContain('no such sequence');
  }
}

describe('a batch whose getters change the engine while they are read', () => {
  const cases: [string, (core: NativeCore, sequence: number) => unknown][] = [
    ['close it', (core) => core.close()],
    ['free the sequence', (core, sequence) => core.free(sequence)],
    ['cut the sequence', (core, sequence) => core.truncate(sequence, 0)],
    [
      'start a pass of their own',
      (core, sequence) => core.forward([{ sequence, tokens: Int32Array.of(1), logits: 1 }]),
    ],
    [
      'throw',
      () => {
        throw new Error('no');
      },
    ],
  ];
  test.each(cases)('%s', async (_, act) => {
    const core = new module.Core(soundOptions());
    const sequence = core.createSequence();
    await core.forward([{ sequence, tokens: Int32Array.of(1, 2, 3), logits: 0 }]);
    let own: unknown;
    const second = {
      tokens: Int32Array.of(1),
      logits: 1 as const,
      get sequence() {
        own ??= act(core, sequence);
        return core.createSequence();
      },
    };
    const run = async () => core.forward([{ sequence, tokens: Int32Array.of(4), logits: 1 }, second]);
    const list = [sequence];
    Object.defineProperty(list, 1, { get: () => core.close() });
    await run().catch((error: unknown) => expect(error).toBeInstanceOf(Error));
    await own;
    expect(() => core.createSequence(list)).toThrow();
    core.close();
  });
});

describe('loading', () => {
  test('a file cut short anywhere is malformed', async () => {
    const whole = tinyGguf({ weights: 'Q4_1' });
    const cut = join(folder, 'cut.gguf');
    for (let part = 0; part < 40; part++) {
      writeFileSync(cut, whole);
      truncateSync(cut, Math.floor((whole.length * part) / 40));
      await expect(loadEngine(cut)).rejects.toThrow(MalformedFileError);
    }
  });

  test('a file that shrank after its header was read is refused', () => {
    const shrunk = writeTinyGguf(join(folder, 'shrunk.gguf'));
    const gguf = readGguf(shrunk);
    truncateSync(shrunk, Math.floor(gguf.fileBytes / 2));
    const options = {
      ...soundOptions(),
      ...readParameters(gguf),
      path: shrunk,
      tensors: [...gguf.tensors.values()],
    };
    expect(() => new module.Core(options)).toThrow(/past the end of the file/);
  });

  test('a file that is not there is missing', async () => {
    await expect(loadEngine(join(folder, 'none.gguf'))).rejects.toThrow(MissingError);
  });

  test.each([
    ['general.architecture', { string: 'mamba' }, /architecture "mamba"/],
    ['llama.rope.scaling.type', { string: 'yarn' }, /rope scaling "yarn"/],
    ['llama.attention.value_length', { u32: 8 }, /value_length/],
    ['llama.attention.head_count', { u32: 0 }, /head/],
    ['llama.attention.head_count_kv', { u32: 3 }, /head_count_kv/],
    ['llama.attention.key_length', { u32: 7 }, /key_length/],
    ['llama.block_count', { u32: 3 }, /blk\.2\./],
    ['llama.block_count', { u32: 4_000_000_000 }, /block_count|layers/],
    ['llama.feed_forward_length', { u32: 32 }, /should be/],
    ['llama.rope.dimension_count', { u32: 17 }, /dimension_count/],
    ['llama.rope.freq_base', { f32: Number.NaN }, /freq_base/],
    ['llama.attention.layer_norm_rms_epsilon', { f32: -1 }, /epsilon/],
  ] as [string, Value, RegExp][])('%s = %o is refused by name', async (key, value, message) => {
    const path = join(folder, 'changed.gguf');
    writeFileSync(path, rewritten({ [key]: value }));
    await expect(loadEngine(path)).rejects.toThrow(message);
    await expect(loadEngine(path)).rejects.toThrow(PathactError);
  });

  test('a tensor of an unknown name or an unsupported type is refused by name', async () => {
    const path = join(folder, 'tensors.gguf');
    writeFileSync(
      path,
      rewritten({}, { name: 'blk.0.ffn_gate_inp.weight', shape: [32], typeId: 0, data: new Uint8Array(128) }),
    );
    await expect(loadEngine(path)).rejects.toThrow('blk.0.ffn_gate_inp.weight');
    writeFileSync(
      path,
      rewritten({}, { name: 'blk.0.attn_q.bias', shape: [256], typeId: 16, data: new Uint8Array(66) }),
    );
    await expect(loadEngine(path)).rejects.toThrow('IQ2_XXS');
  });

  test('a wrong context length or thread count is refused', async () => {
    await expect(loadEngine(file, { contextLength: 0 })).rejects.toThrow('context length');
    await expect(loadEngine(file, { contextLength: 1.5 })).rejects.toThrow(/contextLength|context length/);
    await expect(loadEngine(file, { threads: 0 })).rejects.toThrow('threads');
  });
});

/** The sound model with some keys changed and a tensor more. */
function rewritten(keys: Record<string, Value>, extra?: TensorData): Buffer {
  const gguf = readGguf(writeTinyGguf(join(folder, 'base.gguf')));
  const bytes = tinyGguf();
  const tensors = [...gguf.tensors.values()].map(({ name, shape, typeId, offset, byteLength }) => ({
    name,
    shape,
    typeId,
    data: new Uint8Array(bytes.subarray(offset, offset + byteLength)),
  }));
  const metadata: Record<string, Value> = {};
  for (const key of gguf.metadata.keys()) metadata[key] = typed(gguf.metadata.get(key)!);
  return encodeGguf({ ...metadata, ...keys }, extra ? [...tensors, extra] : tensors);
}

function typed(value: unknown): Value {
  if (typeof value === 'string') return { string: value };
  if (typeof value === 'boolean') return { bool: value };
  if (typeof value === 'number')
    return Number.isInteger(value) && value < 1e4 ? { u32: value } : { f32: value };
  if (Array.isArray(value)) return { strings: value as string[] };
  return value instanceof Int32Array ? { i32s: [...value] } : { f32s: [...(value as Float32Array)] };
}
