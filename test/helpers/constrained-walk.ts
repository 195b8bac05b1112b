import type { Constraint, ConstraintState } from '../../src/engine/constraint/constraint.ts';
import type { Tokenizer } from '../../src/engine/tokenizer.ts';

/** Ids whose bit is set. */
export function allowedTokens(mask: Uint32Array): number[] {
  const ids: number[] = [];
  for (let id = 0; id < mask.length * 32; id++) if ((mask[id >>> 5]! >>> (id & 31)) & 1) ids.push(id);
  return ids;
}

/**
 * A reply in which each token is drawn from those allowed, as a model without sense would. Throws where no token is
 * allowed, or where the tokens run out before the reply has ended.
 */
export function randomReply(
  constraint: Constraint,
  tokenizer: Tokenizer,
  random: () => number,
  extraTokens: number,
): { text: string; tokens: number } {
  const state = constraint.start();
  const length = state.shortestCompletion() + extraTokens;
  const tokens: number[] = [];
  while (tokens.length < length) {
    const forced = random() < 0.5 ? state.forced(length - tokens.length) : [];
    const token = forced[0] ?? drawn(state, length - tokens.length, random);
    for (const next of forced.length > 0 ? forced : [token]) {
      state.accept(next);
      tokens.push(next);
    }
    if (tokenizer.stopIds.has(token)) return { text: textOf(tokens, tokenizer), tokens: tokens.length };
  }
  throw new Error(`no end after ${length} tokens: ${textOf(tokens, tokenizer)}`);
}

function drawn(state: ConstraintState, tokensLeft: number, random: () => number): number {
  const allowed = allowedTokens(state.mask(tokensLeft));
  const token = allowed[Math.floor(random() * allowed.length)];
  if (token === undefined) throw new Error(`no token is allowed with ${tokensLeft} left`);
  return token;
}

/** Throws where the bytes are not UTF-8. */
function textOf(tokens: readonly number[], tokenizer: Tokenizer): string {
  const bytes = Buffer.concat(tokens.map((id) => tokenizer.bytes(id)));
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Whether the constraint lets this text come, token by token, and then end. */
export function accepts(constraint: Constraint, tokenizer: Tokenizer, text: string): boolean {
  const state = constraint.start();
  for (const token of tokenizer.encode(text)) {
    const mask = state.mask(1_000_000);
    if (!((mask[token >>> 5]! >>> (token & 31)) & 1)) return false;
    state.accept(token);
  }
  return state.isComplete;
}
