import { Hono } from 'hono';
import { badRequest } from '../api-error.ts';
import { readBody } from '../read-body.ts';
import type { Serving } from '../serving.ts';
import { normalised } from './embedder.ts';
import { type EmbeddingBody, embeddingSchema } from './embedding-schema.ts';

/** `/v1/embeddings`, for models whose file says how a text's embedding is made. */
export function embeddingRoutes(serving: Serving): Hono {
  const routes = new Hono();
  routes.post('/v1/embeddings', async (c) => {
    const body = await readBody(c, embeddingSchema);
    const { engine, model, embedder } = serving;
    model.check(body.model);
    if (!engine.facts.embedding) {
      throw badRequest(
        'This model gives no embeddings: its file names no pooling.',
        'model',
        'no_embeddings',
      );
    }
    const texts = textsOf(body).map((text) => encode(serving, text));
    const vectors = await embedder.embed(texts, c.req.raw.signal);
    const data = vectors.map((vector, index) => {
      return { object: 'embedding', index, embedding: shown(cut(vector, body.dimensions), body) };
    });
    const count = texts.reduce((sum, { length }) => sum + length, 0);
    const usage = { prompt_tokens: count, total_tokens: count };
    return c.json({ object: 'list', data, model: model.id, usage });
  });
  return routes;
}

function textsOf({ input }: EmbeddingBody): (string | number[])[] {
  if (typeof input === 'string') return [input];
  return typeof input[0] === 'number' ? [input as number[]] : (input as string[] | number[][]);
}

function encode({ engine, prompts, texts }: Serving, text: string | number[]): number[] {
  const { eosId } = engine.tokenizer;
  const { addEos } = engine.facts.embedding!;
  const tokens = prompts.encode(text, 'input');
  if (addEos && eosId !== undefined && tokens.at(-1) !== eosId) tokens.push(eosId);
  texts.checkPrompt(tokens, 'input');
  return tokens;
}

/** The first components alone, for models that were trained to be cut. */
function cut(vector: Float32Array, dimensions: number | null | undefined): Float32Array {
  if (!dimensions) return vector;
  if (dimensions <= vector.length) return normalised(vector.slice(0, dimensions));
  throw badRequest(`dimensions: this model's embeddings have ${vector.length}.`, 'dimensions');
}

function shown(vector: Float32Array, { encoding_format }: EmbeddingBody): number[] | string {
  if (encoding_format !== 'base64') return [...vector];
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}
