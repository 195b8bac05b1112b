/** A vocabulary as it is saved: every word's UTF-16 units end to end, where each starts, and a hash table of numbers. */
export interface VocabularyParts {
  units: Uint16Array;
  /** Word w has `units[starts[w]]` up to `units[starts[w + 1]]`. */
  starts: Int32Array;
  /** A power of two; word number + 1, 0 where free. */
  slots: Int32Array;
}

/** Maximal runs of two or more letters, digits or underscores, in lower case (scikit-learn's tokens). */
export function words(text: string): string[] {
  const lower = text.toLowerCase();
  // Nearly all names are ASCII, where the short class is several times as fast.
  return lower.match(isAscii(lower) ? /[a-z0-9_]{2,}/g : /[\p{L}\p{N}_]{2,}/gu) ?? [];
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

/**
 * Word ↔ number, shared by the tables of one graph. Texts are hashed as they are read, without a string for every
 * word: a corpus has a million of them.
 */
export class Vocabulary {
  #units: Uint16Array;
  #starts: Int32Array;
  #slots: Int32Array;
  #size = 0;

  constructor({ units, starts, slots }: VocabularyParts = emptyParts()) {
    this.#units = units;
    this.#starts = starts;
    this.#slots = slots;
    this.#size = starts.length - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** A text's words as numbers, in its order; a new word gets the next number. */
  idsOf(text: string): Int32Array {
    return isAscii(text) ? this.#idsInAscii(text) : this.#idsOfWords(words(text));
  }

  /** The word's number, a new one for a new word; the word is taken as it is. */
  idOf(word: string): number {
    this.#reserve(word.length);
    const end = this.#starts[this.#size] as number;
    let hash = seed;
    for (let i = 0; i < word.length; i++) {
      this.#units[end + i] = word.charCodeAt(i);
      hash = mixed(hash, word.charCodeAt(i));
    }
    return this.#idAtEnd(word.length, hash);
  }

  find(word: string): number | undefined {
    const { length } = word;
    let hash = seed;
    for (let i = 0; i < length; i++) hash = mixed(hash, word.charCodeAt(i));
    const mask = this.#slots.length - 1;
    for (let probe = 0; probe <= mask; probe++) {
      const id = (this.#slots[(hash + probe) & mask] as number) - 1;
      if (id < 0) return undefined;
      const start = this.#starts[id] as number;
      if ((this.#starts[id + 1] as number) - start !== length) continue;
      let same = 0;
      while (same < length && this.#units[start + same] === word.charCodeAt(same)) same++;
      if (same === length) return id;
    }
    return undefined;
  }

  /** All words by their numbers. */
  words(): string[] {
    // Decoded at once and cut: ten times as fast as word by word.
    const all = decoder.decode(this.#units.subarray(0, this.#starts[this.#size]));
    const words = new Array<string>(this.#size);
    for (let id = 0; id < words.length; id++) words[id] = all.slice(this.#starts[id], this.#starts[id + 1]);
    return words;
  }

  parts(): VocabularyParts {
    const starts = this.#starts.slice(0, this.#size + 1);
    return { units: this.#units.slice(0, starts[this.#size]), starts, slots: this.#slots };
  }

  #idsInAscii(text: string): Int32Array {
    let ids = new Int32Array((text.length >> 2) + 4);
    let count = 0;
    let end = this.#starts[this.#size] as number;
    let length = 0;
    let hash = seed;
    this.#reserve(text.length);
    for (let i = 0; i <= text.length; i++) {
      const unit = i < text.length ? (lowerAscii[text.charCodeAt(i)] as number) : 0;
      if (unit !== 0) {
        // A word is written behind the known ones; it stays there if it is new.
        this.#units[end + length++] = unit;
        hash = mixed(hash, unit);
        continue;
      }
      if (length >= 2) {
        if (count === ids.length) ids = grown(ids, 2 * count);
        ids[count++] = this.#idAtEnd(length, hash);
        end = this.#starts[this.#size] as number;
        this.#reserve(text.length);
      }
      length = 0;
      hash = seed;
    }
    return ids.slice(0, count);
  }

  #idsOfWords(found: readonly string[]): Int32Array {
    const ids = new Int32Array(found.length);
    // A plain loop: `Int32Array.from` takes four times as long.
    for (let i = 0; i < found.length; i++) ids[i] = this.idOf(found[i] as string);
    return ids;
  }

  /** The number of the word that lies behind the known ones. */
  #idAtEnd(length: number, hash: number): number {
    const end = this.#starts[this.#size] as number;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let id = (this.#slots[slot] as number) - 1; id >= 0; id = (this.#slots[slot] as number) - 1) {
      if (this.#isWordAt(id, end, length)) return id;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = ++this.#size;
    if (this.#size + 1 >= this.#starts.length) this.#starts = grown(this.#starts, 2 * this.#starts.length);
    this.#starts[this.#size] = end + length;
    if (2 * this.#size > this.#slots.length) this.#rehash();
    return this.#size - 1;
  }

  #isWordAt(id: number, at: number, length: number): boolean {
    const start = this.#starts[id] as number;
    if ((this.#starts[id + 1] as number) - start !== length) return false;
    for (let i = 0; i < length; i++) {
      if (this.#units[start + i] !== this.#units[at + i]) return false;
    }
    return true;
  }

  /** Room for so many more units. */
  #reserve(count: number): void {
    const needed = (this.#starts[this.#size] as number) + count;
    if (needed <= this.#units.length) return;
    const units = new Uint16Array(2 * needed);
    units.set(this.#units);
    this.#units = units;
  }

  #rehash(): void {
    this.#slots = new Int32Array(4 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let id = 0; id < this.#size; id++) {
      let hash = seed;
      for (let at = this.#starts[id] as number; at < (this.#starts[id + 1] as number); at++) {
        hash = mixed(hash, this.#units[at] as number);
      }
      let slot = hash & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id + 1;
    }
  }
}

const decoder = new TextDecoder('utf-16le', { ignoreBOM: true });

/** FNV-1a over UTF-16 units. */
const seed = 0x811c9dc5 | 0;
const mixed = (hash: number, unit: number) => Math.imul(hash ^ unit, 0x01000193);

/** By ASCII code: the lower-case letter, digit or underscore; 0 between words. */
const lowerAscii = Uint8Array.from({ length: 128 }, (_, code) => {
  const lower = String.fromCharCode(code).toLowerCase();
  return /[a-z0-9_]/.test(lower) ? lower.charCodeAt(0) : 0;
});

const emptyParts = (): VocabularyParts => ({
  units: new Uint16Array(0),
  starts: new Int32Array(1),
  slots: new Int32Array(1024),
});

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(array);
  return longer;
}
