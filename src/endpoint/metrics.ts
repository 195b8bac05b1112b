import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Engine } from '../engine/engine.ts';
import { conversationMemory } from '../engine/kv-memory.ts';
import type { Scheduler } from './scheduling/scheduler.ts';

/** How long the event loop's clock sleeps; what it oversleeps is the delay. */
const DELAY_RESOLUTION_MS = 5;

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const betweenTokens = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** The names are vLLM's behind a prefix of our own, so that its dashboards fit after one replacement. */
const name = (text: string) => `pathact:${text}`;

/** Counters that the scheduler keeps. */
const fromScheduler = [
  ['prefix_cache_queries_total', 'Prompt tokens looked up in the prefix cache.', 'prefixQueryTokensTotal'],
  ['prefix_cache_hits_total', 'Prompt tokens found there.', 'prefixHitTokensTotal'],
  ['prefill_tokens_total', 'Prompt tokens computed.', 'prefillTokensTotal'],
  ['forward_passes_total', 'Steps of the engine.', 'stepsTotal'],
  ['forward_seconds_total', 'How long they took.', 'stepSecondsTotal'],
  ['num_preemptions_total', 'Requests that lost their place for a while.', 'preemptedTotal'],
  ['kv_audit_steps_total', 'Steps of SpeCache replies computed in full as well.', 'auditedTotal'],
  ['kv_audit_kl_total', 'Sum of their divergences from full attention, in nats.', 'auditKlTotal'],
  ['kv_audit_agreements_total', 'Those at which both found the same token likeliest.', 'auditAgreedTotal'],
  ['request_failed_total', 'Replies that failed or that nobody waited for.', 'failedTotal'],
  ['request_refused_total', 'Requests that found the queue full.', 'refusedTotal'],
] as const;

/** What `/metrics` tells, in Prometheus' text format. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  readonly #requests = this.#counter('http_requests_total', 'Answers by status.', ['status']);
  readonly #finished = this.#counter('request_success_total', 'Replies by how they ended.', [
    'finished_reason',
  ]);
  readonly #promptTokens = this.#counter('prompt_tokens_total', 'Tokens of all prompts.');
  readonly #generatedTokens = this.#counter('generation_tokens_total', 'Tokens of all replies.');
  readonly #firstToken = this.#histogram(
    'time_to_first_token_seconds',
    'From request to first token.',
    seconds,
  );
  readonly #interToken = this.#histogram(
    'inter_token_latency_seconds',
    'From one token of a reply to the next.',
    betweenTokens,
  );
  readonly #endToEnd = this.#histogram('e2e_request_latency_seconds', 'From request to last token.', seconds);

  constructor(scheduler: Scheduler, engine: Engine) {
    this.#delay.enable();
    this.#gauge('num_requests_running', 'Replies in the making.', () => scheduler.load.running);
    this.#gauge('num_requests_waiting', 'Requests in the queue.', () => scheduler.load.waiting);
    this.#gauge('kv_cache_usage_perc', 'Share of the memory for keys and values in use, 0 to 1.', () => {
      const { kvBytes, memoryBudgetBytes } = scheduler.stats;
      return kvBytes / Math.max(1, memoryBudgetBytes);
    });
    this.#gauge('kv_cache_bytes', 'Keys and values in memory.', () => scheduler.stats.kvBytes);
    this.#gauge('prefix_cache_bytes', 'Those kept for later requests.', () => scheduler.stats.prefixBytes);
    const longest = conversationMemory(engine, engine.contextLength);
    this.#gauge(
      'kv_context_fast_bytes',
      'Fast memory of a conversation as long as the context.',
      () => longest.fast,
    );
    this.#gauge('kv_context_formula_bytes', "The same by SpeCache's formula.", () => longest.formula);
    for (const [metric, help, counter] of fromScheduler) {
      this.#countedElsewhere(metric, help, () => scheduler.stats[counter]);
    }
    this.#gauge('event_loop_delay_p99_seconds', 'Delay of the event loop since the last look.', () => {
      const p99 = Math.max(0, this.#delay.percentile(99) / 1e9 - DELAY_RESOLUTION_MS / 1000);
      this.#delay.reset();
      return Number.isFinite(p99) ? p99 : 0;
    });
    this.#gauge('resident_memory_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss());
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  answered(status: number): void {
    this.#requests.inc({ status });
  }

  /** Follows one request from now on. */
  follow(): RequestTimes {
    return new RequestTimes((kind, value) => {
      const histogram = { first: this.#firstToken, next: this.#interToken, end: this.#endToEnd }[kind];
      histogram.observe(value);
    });
  }

  finished(result: {
    promptTokens: number;
    choices: readonly { finishReason: string; completionTokens: number }[];
  }): void {
    this.#promptTokens.inc(result.promptTokens);
    for (const { finishReason, completionTokens } of result.choices) {
      this.#generatedTokens.inc(completionTokens);
      this.#finished.inc({ finished_reason: finishReason });
    }
  }

  close(): void {
    this.#delay.disable();
  }

  #counter(metric: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name: name(metric), help, labelNames, registers: [this.#registry] });
  }

  #histogram(metric: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: name(metric), help, buckets, registers: [this.#registry] });
  }

  #countedElsewhere(metric: string, help: string, read: () => number): void {
    new Counter({
      name: name(metric),
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #gauge(metric: string, help: string, read: () => number): void {
    new Gauge({
      name: name(metric),
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }
}

/** When the tokens of one request came. */
export class RequestTimes {
  readonly #observe: (kind: 'first' | 'next' | 'end', seconds: number) => void;
  readonly #start = performance.now();
  /** When the last token of each reply came. */
  readonly #last = new Map<number, number>();

  constructor(observe: (kind: 'first' | 'next' | 'end', seconds: number) => void) {
    this.#observe = observe;
  }

  token(choice: number): void {
    const now = performance.now();
    const last = this.#last.get(choice);
    if (last !== undefined) this.#observe('next', (now - last) / 1000);
    else if (this.#last.size === 0) this.#observe('first', (now - this.#start) / 1000);
    this.#last.set(choice, now);
  }

  end(): void {
    this.#observe('end', (performance.now() - this.#start) / 1000);
  }
}
