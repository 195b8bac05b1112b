import type { SampleRecord } from '../../src/store/samples.ts';

/** How far a run is, in one line: count, share right so far, time left. */
export class Progress {
  readonly #planned: number;
  readonly #startedAt: number;
  #kept: number;
  #asked = 0;
  #scored = 0;
  #right = 0;
  #errors = 0;

  /** `kept` samples were finished by earlier attempts; they tell nothing about this one's speed. */
  constructor(planned: number, kept: number, now = performance.now()) {
    this.#planned = planned;
    this.#kept = kept;
    this.#startedAt = now;
  }

  add(record: Pick<SampleRecord, 'status' | 'score'>): void {
    this.#asked++;
    if (record.status === 'error') this.#errors++;
    if (record.score === null) return;
    this.#scored++;
    this.#right += record.score;
  }

  line(now = performance.now()): string {
    const parts = [`${this.#kept + this.#asked}/${this.#planned}`];
    if (this.#scored > 0) parts.push(`${Math.round((100 * this.#right) / this.#scored)} % right so far`);
    if (this.#errors > 0) parts.push(`${this.#errors} failed`);
    const left = this.#planned - this.#kept - this.#asked;
    if (this.#asked > 0 && left > 0) {
      parts.push(`about ${duration(((now - this.#startedAt) / this.#asked) * left)} left`);
    }
    return parts.join(' · ');
  }
}

/** 75000 → "1 min 15 s". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
