import type { Tags, ToolConstraint } from './tool-format.ts';

/**
 * Watches a reply for the place where its constraint begins: after the thinking, and after the trigger if there is
 * one. A trigger inside the thinking does not count. Give it the reply's text as it comes, until `begun`.
 */
export class ConstraintStart {
  readonly #trigger: string;
  readonly #atStart: boolean;
  readonly #reasoning: Tags | undefined;
  /** Text whose meaning is open. */
  #text = '';
  #state: 'thinking' | 'first' | 'free' | 'begun' | 'never';

  constructor(
    { trigger = '', atStart }: Pick<ToolConstraint, 'trigger' | 'atStart'>,
    reasoning: Tags | undefined,
    inReasoning: boolean,
  ) {
    this.#trigger = trigger;
    this.#atStart = atStart ?? false;
    this.#reasoning = reasoning;
    if (inReasoning && reasoning) this.#state = 'thinking';
    else this.#state = trigger === '' ? 'begun' : 'first';
  }

  /** True from where the next token is under the constraint. */
  get begun(): boolean {
    return this.#state === 'begun';
  }

  /** When this piece of text makes it begin: the text past that place, which the constraint still has to accept. */
  push(text: string): string | undefined {
    if (this.#state === 'begun' || this.#state === 'never') return undefined;
    this.#text += text;
    while (this.#step());
    return this.begun ? this.#text : undefined;
  }

  #step(): boolean {
    switch (this.#state) {
      case 'thinking':
        return this.#skipTo(this.#reasoning!.close, this.#trigger === '' ? 'begun' : 'first');
      case 'first':
        return this.#readFirst();
      case 'free':
        return this.#skipTo(this.#trigger, 'begun');
      case 'begun':
      case 'never':
        return false;
    }
  }

  #readFirst(): boolean {
    const rest = this.#text.trimStart();
    const open = this.#reasoning?.open ?? '';
    if (rest === '' || isBeginning(rest, this.#trigger) || isBeginning(rest, open)) return false;
    const thinks = open !== '' && rest.startsWith(open);
    this.#state = thinks ? 'thinking' : this.#atStart && !rest.startsWith(this.#trigger) ? 'never' : 'free';
    return true;
  }

  /** Drops the text up to the marker's end; of text without it all but what may be its beginning. */
  #skipTo(marker: string, next: 'begun' | 'first'): boolean {
    const at = this.#text.indexOf(marker);
    if (at < 0) {
      this.#text = this.#text.slice(Math.max(0, this.#text.length - marker.length + 1));
      return false;
    }
    this.#text = this.#text.slice(at + marker.length);
    this.#state = next;
    return true;
  }
}

const isBeginning = (text: string, marker: string) => text.length < marker.length && marker.startsWith(text);
