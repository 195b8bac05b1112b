/** A piece of a text: plain, or one special token. */
export type Piece = { text: string } | { id: number };

interface TrieNode {
  next: Map<number, TrieNode>;
  /** The token that ends here. */
  id: number | undefined;
}

const node = (): TrieNode => ({ next: new Map(), id: undefined });

/** Splits text at special tokens: from left to right, the longest where several begin. One pass over a trie. */
export class SpecialTokens {
  readonly #root = node();

  constructor(tokens: Iterable<{ id: number; text: string }>) {
    for (const { id, text } of tokens) if (text !== '') this.#insert(text, id);
  }

  split(text: string): Piece[] {
    const pieces: Piece[] = [];
    let plainFrom = 0;
    for (let at = 0; at < text.length; ) {
      const found = this.#longestAt(text, at);
      if (!found) {
        at++;
        continue;
      }
      if (at > plainFrom) pieces.push({ text: text.slice(plainFrom, at) });
      pieces.push({ id: found.id });
      at = found.end;
      plainFrom = at;
    }
    if (plainFrom < text.length) pieces.push({ text: text.slice(plainFrom) });
    return pieces;
  }

  /** True where a special token begins at this place. */
  startsAt(text: string, at: number): boolean {
    return this.#longestAt(text, at) !== undefined;
  }

  #insert(text: string, id: number): void {
    let at = this.#root;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const child = at.next.get(unit) ?? node();
      at.next.set(unit, child);
      at = child;
    }
    at.id ??= id;
  }

  #longestAt(text: string, start: number): { id: number; end: number } | undefined {
    let found: { id: number; end: number } | undefined;
    let at = this.#root.next.get(text.charCodeAt(start));
    for (let end = start + 1; at; end++) {
      if (at.id !== undefined) found = { id: at.id, end };
      at = end < text.length ? at.next.get(text.charCodeAt(end)) : undefined;
    }
    return found;
  }
}
