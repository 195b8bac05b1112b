import { Hono } from 'hono';
import { badRequest } from '../api-error.ts';
import { readConversation } from '../chat/read-messages.ts';
import { readBody } from '../read-body.ts';
import type { Serving } from '../serving.ts';
import {
  applyTemplateSchema,
  type ConversationBody,
  detokenizeSchema,
  tokenizeSchema,
} from './token-schemas.ts';

/**
 * `POST /tokenize`: `{content}` with llama.cpp's `add_special` (default false) and `parse_special` (default true), or
 * `{messages}` (and `tools`) for the prompt of a conversation; gives `{tokens, count}`. `POST /detokenize`: `{tokens}`
 * gives `{content}`. `POST /apply-template`: `{messages}` gives the `{prompt}` as text.
 */
export function tokenRoutes({ engine, model, prompts, conversations }: Serving): Hono {
  const { tokenizer } = engine;
  const routes = new Hono();
  const encode = (body: ConversationBody) => conversations.encode(readConversation(body)).tokens;
  routes.post('/tokenize', async (c) => {
    const body = await readBody(c, tokenizeSchema);
    model.check(body.model);
    const { content, messages } = body;
    if (messages) return c.json(counted(encode({ ...body, messages })));
    const options = { addBos: body.add_special ?? false, special: body.parse_special ?? true };
    if (typeof content === 'string') return c.json(counted(prompts.tokenize(content, options)));
    throw badRequest('content: give content or messages.', 'content');
  });
  routes.post('/detokenize', async (c) => {
    const { tokens } = await readBody(c, detokenizeSchema);
    const strange = tokens.find((id) => id >= tokenizer.vocabularySize);
    if (strange !== undefined) throw badRequest(`tokens: this model has no token ${strange}.`, 'tokens');
    return c.json({ content: tokenizer.decode(tokens, { special: true }) });
  });
  routes.post('/apply-template', async (c) => {
    const body = await readBody(c, applyTemplateSchema);
    model.check(body.model);
    return c.json({ prompt: conversations.render(readConversation(body)) });
  });
  return routes;
}

const counted = (tokens: number[]) => ({ tokens, count: tokens.length });
