import { createHash } from 'node:crypto';
import { loadEngine } from '../../src/engine/load-engine.ts';

// `node decode-in-files.ts MODEL FOLDER THREADS`: reads a prompt and decodes with keys and values in files of FOLDER;
// prints a hash of all logits.
const [model, folder, threads] = process.argv.slice(2);
const engine = await loadEngine(model!, {
  threads: Number(threads),
  lowBit: { bits: 2, fetch: 16, slow: { tier: 'file', folder: folder!, fastBytes: 1 << 30 } },
});
const sequence = engine.createSequence();
const prompt = Array.from({ length: 300 }, (_, i) => 3 + ((i * 37) % 240));
const hash = createHash('sha256');
const forward = async (tokens: number[]) => {
  const lowBit = tokens.length === 1;
  const [logits] = await engine.forward([{ sequence, tokens, logits: 'last', lowBit }]);
  hash.update(logits!);
};
await forward(prompt);
for (let step = 0; step < 24; step++) await forward([3 + ((step * 53) % 240)]);
engine.close();
process.stdout.write(hash.digest('hex'));
