import { z } from 'zod';
import { errorBodySchema } from '../api-error.ts';
import { chatSchema } from '../chat/chat-schema.ts';
import { completionSchema } from '../completions/completion-schema.ts';
import { embeddingSchema } from '../embeddings/embedding-schema.ts';
import { responseSchema } from '../responses/response-schema.ts';
import { applyTemplateSchema, detokenizeSchema, tokenizeSchema } from '../tokens/token-schemas.ts';
import * as answers from './answer-schemas.ts';

interface Operation {
  path: string;
  method: 'get' | 'post';
  summary: string;
  body?: z.ZodType;
  /** By content type. */
  answers: Readonly<Record<string, z.ZodType>>;
}

const json = 'application/json';
const events = 'text/event-stream';
const text = z.string();

const operations: readonly Operation[] = [
  {
    path: '/v1/chat/completions',
    method: 'post',
    summary: "The assistant's next turn of a conversation",
    body: chatSchema,
    answers: { [json]: answers.chatAnswerSchema, [events]: answers.chatChunkSchema },
  },
  {
    path: '/v1/completions',
    method: 'post',
    summary: 'How a text goes on',
    body: completionSchema,
    answers: { [json]: answers.completionAnswerSchema, [events]: answers.completionAnswerSchema },
  },
  {
    path: '/v1/responses',
    method: 'post',
    summary: 'A response to input items; nothing is stored',
    body: responseSchema,
    answers: { [json]: z.looseObject({ object: z.literal('response') }), [events]: text },
  },
  {
    path: '/v1/embeddings',
    method: 'post',
    summary: 'Embeddings of texts, by models that are made for them',
    body: embeddingSchema,
    answers: { [json]: answers.embeddingsAnswerSchema },
  },
  {
    path: '/v1/models',
    method: 'get',
    summary: 'The model that is served',
    answers: { [json]: answers.modelListSchema },
  },
  {
    path: '/tokenize',
    method: 'post',
    summary: 'The tokens of a text or a conversation',
    body: tokenizeSchema,
    answers: { [json]: answers.tokensAnswerSchema },
  },
  {
    path: '/detokenize',
    method: 'post',
    summary: 'The text of tokens',
    body: detokenizeSchema,
    answers: { [json]: answers.contentAnswerSchema },
  },
  {
    path: '/apply-template',
    method: 'post',
    summary: 'The prompt of a conversation',
    body: applyTemplateSchema,
    answers: { [json]: answers.promptAnswerSchema },
  },
  {
    path: '/metrics',
    method: 'get',
    summary: "Counters and times in Prometheus' text format",
    answers: { 'text/plain': text },
  },
  {
    path: '/health',
    method: 'get',
    summary: 'Whether the endpoint answers, and its load',
    answers: { [json]: answers.healthSchema },
  },
];

/** The OpenAPI 3.1 document of what is served, made from the schemas that requests are checked with. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  const components = { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } };
  const info = { title: 'pathact endpoint', version };
  return { openapi: '3.1.0', info, security: [{}, { key: [] }], paths, components };
}

function describe({ summary, body, answers: given }: Operation): object {
  const error = { description: 'What is wrong', content: contentOf({ [json]: errorBodySchema }) };
  return {
    summary,
    ...(body && { requestBody: { required: true, content: contentOf({ [json]: body }) } }),
    responses: { 200: { description: 'The answer', content: contentOf(given) }, default: error },
  };
}

function contentOf(schemas: Readonly<Record<string, z.ZodType>>): object {
  const entries = Object.entries(schemas).map(([type, schema]) => [type, { schema: toSchema(schema) }]);
  return Object.fromEntries(entries);
}

function toSchema(schema: z.ZodType): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', reused: 'inline' });
  return rest;
}
