import { z } from 'zod';
import { messagesSchema, templateArgumentsSchema, toolFields } from '../chat/chat-schema.ts';
import { tokenIds } from '../generation/generation-schema.ts';

const conversationFields = {
  ...toolFields,
  model: z.string().nullish(),
  chat_template_kwargs: templateArgumentsSchema.nullish(),
};

export const tokenizeSchema = z.looseObject({
  ...conversationFields,
  content: z.string().nullish(),
  messages: messagesSchema.nullish(),
  add_special: z.boolean().nullish(),
  parse_special: z.boolean().nullish(),
});

export const detokenizeSchema = z.looseObject({ tokens: tokenIds.max(4_000_000) });

export const applyTemplateSchema = z.looseObject({ ...conversationFields, messages: messagesSchema });
export type ConversationBody = z.infer<typeof applyTemplateSchema>;
