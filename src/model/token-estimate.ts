import type { Message } from '../run.ts';

const PER_MESSAGE = 4;

/** cl100k tokens of a text; control tokens in it count as the plain text they are. */
export async function countCl100k(text: string): Promise<number> {
  const { countTokens } = await import('gpt-tokenizer/encoding/cl100k_base'); // 100 ms to load: only where needed
  return countTokens(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() });
}

/**
 * What a conversation will cost on an endpoint that cannot count. Usage that the endpoint reported for the
 * beginning of the same conversation is exact; only what was appended since is estimated, with a tenth on top,
 * because other vocabularies split gene names into more pieces than cl100k does.
 */
export class TokenEstimate {
  readonly #reported = new WeakMap<readonly Message[], { messages: number; tokens: number }>();

  /** `messages` is the conversation's own array, which is only ever appended to. */
  record(messages: readonly Message[], promptTokens: number): void {
    this.#reported.set(messages, { messages: messages.length, tokens: promptTokens });
  }

  async of(messages: readonly Message[]): Promise<number> {
    const known = this.#reported.get(messages) ?? { messages: 0, tokens: 3 };
    let estimated = 0;
    for (const { content } of messages.slice(known.messages))
      estimated += PER_MESSAGE + (await countCl100k(content)) * 1.1;
    return known.tokens + Math.ceil(estimated);
  }
}
