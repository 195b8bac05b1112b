import { globSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { benchConstraint, constraintBenchSchema } from '../../../evals/bench/constraint.bench.ts';
import { loadSchemaOracle } from '../../../evals/bench/schema-oracle.ts';
import { readToolSchemas } from '../../../evals/bench/tool-schemas.ts';
import { compileConstraint } from '../../../src/engine/constraint/compile-constraint.ts';
import { constraintVocabulary } from '../../../src/engine/constraint/constraint-vocabulary.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { loadEngine } from '../../../src/engine/load-engine.ts';
import { randomSource } from '../../../src/engine/random.ts';
import { randomReply } from '../../helpers/constrained-walk.ts';
import { defaultModelFile, lacksDefaultModel } from '../../helpers/default-model.ts';
import { lacksSharedData, sharedData } from '../../helpers/shared-data.ts';

const folder = 'tool-calling/bfcl';
const files = () => globSync(sharedData(`${folder}/BFCL_*.jsonl`)).sort();

describe.skipIf(lacksDefaultModel || lacksSharedData(folder))(
  'the default model on the schemas of real tools',
  () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await loadEngine(defaultModelFile, { contextLength: 2048 });
    });
    afterAll(() => engine.close());

    test('all compile, and a reply without sense to any of them is valid', async () => {
      const oracle = await loadSchemaOracle();
      const vocabulary = constraintVocabulary(engine.tokenizer);
      const random = randomSource(1);
      const tools = readToolSchemas(files(), 10_000, random);
      expect(tools.length).toBeGreaterThan(900);
      const invalid = tools.flatMap(({ name, schema }, i) => {
        const constraint = compileConstraint({ kind: 'schema', schema }, vocabulary);
        if (i >= 100) return [];
        const { text } = randomReply(constraint, engine.tokenizer, random, i);
        const reason = oracle(schema, JSON.parse(text));
        return reason === undefined ? [] : [`${name}: ${reason}: ${text}`];
      });
      expect(invalid).toEqual([]);
    }, 120_000);

    test('its replies at temperature 1 parse and are valid', async () => {
      const result = await benchConstraint({
        engine,
        files: files(),
        oracle: await loadSchemaOracle(),
        schemas: 8,
        seed: 5,
        maxTokens: 40,
        signal: new AbortController().signal,
      });
      expect(constraintBenchSchema.parse(result).failures).toEqual([]);
      expect(result.valid).toBe(8);
      expect(result.sampledTokens).toBeGreaterThan(50);
    }, 120_000);
  },
);
