/** A binary heap of (time, id), smallest first and the lower id first at equal times, with removal by id. */
export class TimeQueue {
  readonly time: Float64Array;
  readonly #heap: Int32Array;
  readonly #place: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    this.time = new Float64Array(capacity);
    this.#heap = new Int32Array(capacity);
    this.#place = new Int32Array(capacity);
  }

  clear(): void {
    this.#size = 0;
  }

  /** The first id, -1 when empty. */
  first(): number {
    return this.#size > 0 ? (this.#heap[0] as number) : -1;
  }

  /** The first time, infinity when empty. */
  firstTime(): number {
    return this.#size > 0 ? (this.time[this.#heap[0] as number] as number) : Number.POSITIVE_INFINITY;
  }

  insert(id: number, time: number): void {
    this.time[id] = time;
    this.#rise(this.#size++, id);
  }

  remove(id: number): void {
    const place = this.#place[id] as number;
    const last = this.#heap[--this.#size] as number;
    if (last === id) return;
    if (place > 0 && this.#before(last, this.#heap[(place - 1) >> 1] as number)) this.#rise(place, last);
    else this.#sink(place, last);
  }

  #rise(from: number, id: number): void {
    let place = from;
    while (place > 0) {
      const parent = this.#heap[(place - 1) >> 1] as number;
      if (!this.#before(id, parent)) break;
      this.#put(place, parent);
      place = (place - 1) >> 1;
    }
    this.#put(place, id);
  }

  #sink(from: number, id: number): void {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.#size) break;
      const right = below + 1;
      if (right < this.#size && this.#before(this.#heap[right] as number, this.#heap[below] as number)) {
        below = right;
      }
      const child = this.#heap[below] as number;
      if (!this.#before(child, id)) break;
      this.#put(place, child);
      place = below;
    }
    this.#put(place, id);
  }

  #put(place: number, id: number): void {
    this.#heap[place] = id;
    this.#place[id] = place;
  }

  #before(a: number, b: number): boolean {
    const difference = (this.time[a] as number) - (this.time[b] as number);
    return difference < 0 || (difference === 0 && a < b);
  }
}
