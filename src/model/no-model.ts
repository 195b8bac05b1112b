import type { ChatModel } from './chat-model.ts';

/** Stands where a method asks no model; a call to it is a bug. */
export const noModel: ChatModel = {
  name: 'none',
  chat: () => Promise.reject(new Error('this method has no model to ask')),
  countTokens: async () => 0,
  served: async () => ({
    contextLength: 0,
    contextFrom: 'setting',
    parameters: undefined,
    sha256: undefined,
    kv: undefined,
  }),
};
