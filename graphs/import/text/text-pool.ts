/**
 * Keeps one copy of each text. Texts cut from a chunk of a file hold on to that whole chunk, so whoever keeps a few of
 * them would keep the file; what comes from here stands by itself.
 */
export class TextPool {
  readonly #kept = new Map<string, string>();

  keep(text: string): string {
    const known = this.#kept.get(text);
    if (known !== undefined) return known;
    const own = Buffer.from(text, 'utf16le').toString('utf16le');
    this.#kept.set(own, own);
    return own;
  }
}
