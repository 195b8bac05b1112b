import { Hono } from 'hono';
import { badRequest } from './api-error.ts';
import { readBody } from './read-body.ts';
import { readMessages } from './read-request.ts';
import { detokenizeSchema, tokenizeSchema } from './request-schemas.ts';
import type { ServedModel } from './served-model.ts';
import type { TextService } from './service.ts';

/**
 * `POST /tokenize`: `{content}` with llama.cpp's `add_special` (default false) and `parse_special` (default true), or
 * `{messages}` for the prompt of a conversation; gives `{tokens, count}`. `POST /detokenize`: `{tokens}` gives `{content}`.
 */
export function tokenRoutes(service: TextService, model: ServedModel): Hono {
  const routes = new Hono();
  routes.post('/tokenize', async (c) => {
    const body = await readBody(c, tokenizeSchema);
    model.check(body.model);
    const { content, messages } = body;
    const options = { addBos: body.add_special ?? false, special: body.parse_special ?? true };
    if (messages) return c.json(counted(service.encodeChat(readMessages(messages))));
    if (typeof content === 'string') return c.json(counted(service.tokenize(content, options)));
    throw badRequest('content: give content or messages.', 'content');
  });
  routes.post('/detokenize', async (c) => {
    const { tokens } = await readBody(c, detokenizeSchema);
    const { tokenizer } = service.engine;
    const strange = tokens.find((id) => id >= tokenizer.vocabularySize);
    if (strange !== undefined) throw badRequest(`tokens: this model has no token ${strange}.`, 'tokens');
    return c.json({ content: tokenizer.decode(tokens, { special: true }) });
  });
  return routes;
}

const counted = (tokens: number[]) => ({ tokens, count: tokens.length });
