/** Of earlier measurements in the next estimate; a machine's speed changes with its load. */
const MEMORY = 0.9;

/** Steps with less prefill tell more of the rest of the step. */
const FEWEST_TOKENS = 8;

/** Prompt tokens of a step before anything is known. */
const FIRST_CHUNK = 64;
const LARGEST_CHUNK = 1024;

/** Spread of depths (in tokens) below which the measurements say little of the depth's cost. */
const DEPTH_SPREAD = 100;

/** What a step did. */
export interface StepWork {
  /** Prompt tokens. */
  prefill: number;
  /** How many tokens, on average, came before each of them. */
  depth: number;
  /** Whether replies went on in it. */
  decodes: boolean;
}

/**
 * Predicts how long steps take, from those that were measured: a decode step its moving mean, a prompt token
 * `base + slope × depth` milliseconds, by weighted least squares over the last dozens of steps.
 */
export class StepTime {
  /** Of a step without prompt tokens. */
  decodeMs = 0;
  #weight = 0;
  #depth = 0;
  #ms = 0;
  #depthVariance = 0;
  #covariance = 0;

  observe({ prefill, depth, decodes }: StepWork, ms: number): void {
    if (prefill === 0) {
      this.decodeMs = this.decodeMs === 0 ? ms : MEMORY * this.decodeMs + (1 - MEMORY) * ms;
      return;
    }
    if (prefill < FEWEST_TOKENS) return;
    const each = Math.max(ms - (decodes ? this.decodeMs : 0), ms / 10) / prefill;
    // West's update of weighted means and (co)variance; `share` is the new measurement's part of all weight.
    const kept = MEMORY * this.#weight;
    this.#weight = kept + prefill;
    const share = prefill / this.#weight;
    const away = depth - this.#depth;
    this.#depth += share * away;
    this.#depthVariance = (1 - share) * (this.#depthVariance + share * away * away);
    this.#covariance = (1 - share) * (this.#covariance + share * away * (each - this.#ms));
    this.#ms += share * (each - this.#ms);
  }

  /** Of `tokens` prompt tokens after `depth` others; any time as long as nothing is known. */
  prefillMs(tokens: number, depth: number): number {
    if (this.#weight === 0) return Number.POSITIVE_INFINITY;
    return tokens * this.#tokenMs(depth + tokens / 2);
  }

  /** Prompt tokens after `depth` others that take about this long: none for no time. */
  tokensWithin(ms: number, depth: number): number {
    if (ms <= 0) return 0;
    if (this.#weight === 0) return FIRST_CHUNK;
    // tokens × (first + slope × tokens / 2) = ms
    const first = this.#tokenMs(depth);
    const slope = this.#slope;
    const tokens = (2 * ms) / (first + Math.sqrt(first * first + 2 * slope * ms));
    return Math.min(Math.floor(tokens), LARGEST_CHUNK);
  }

  get #slope(): number {
    return Math.max(0, this.#covariance / (this.#depthVariance + DEPTH_SPREAD * DEPTH_SPREAD));
  }

  #tokenMs(depth: number): number {
    return Math.max(this.#ms + this.#slope * (depth - this.#depth), this.#ms / 10);
  }
}
