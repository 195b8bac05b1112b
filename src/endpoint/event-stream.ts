const COMMENT_MS = 5000;

/** The sending end of a stream of server-sent events. */
export interface EventSink {
  /** One JSON object; with a `name`, as an event of that name. */
  send(event: unknown, name?: string): void;
  /** What the comment line says that comes every five seconds in which nothing else did. */
  status: string;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

export interface EventStreamOptions {
  /** Aborts when the client goes away. */
  signal: AbortSignal;
  /** Sends the events and ends by returning. */
  produce: (sink: EventSink) => Promise<void>;
  /** Sends the last event where `produce` throws. */
  explain: (sink: EventSink, error: unknown) => void;
  /** What closes the stream after the last event, e.g. `[DONE]`. */
  end?: string | undefined;
  commentMs?: number | undefined;
}

/**
 * A response of server-sent events. Its head and a first comment go out at once, and while a long prompt is computed a
 * comment with the progress now and then, so that neither proxies nor clients give up.
 */
export function eventStream(options: EventStreamOptions): Response {
  const gone = new AbortController();
  const signal = AbortSignal.any([options.signal, gone.signal]);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const close = () => {
        if (!gone.signal.aborted) controller.close();
      };
      void new Stream(controller, signal).run(options).finally(close);
    },
    cancel() {
      gone.abort();
    },
  });
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
  return new Response(body, { headers });
}

const encoder = new TextEncoder();

class Stream implements EventSink {
  status = 'waiting';
  readonly signal: AbortSignal;
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;
  #isIdle = true;

  constructor(controller: ReadableStreamDefaultController<Uint8Array>, signal: AbortSignal) {
    this.#controller = controller;
    this.signal = signal;
  }

  async run({ produce, explain, end, commentMs = COMMENT_MS }: EventStreamOptions): Promise<void> {
    this.#write(': accepted\n\n');
    const timer = setInterval(() => this.#comment(), commentMs);
    try {
      await produce(this);
      if (end !== undefined) this.#write(`data: ${end}\n\n`);
    } catch (error) {
      if (!this.signal.aborted) explain(this, error);
    } finally {
      clearInterval(timer);
    }
  }

  send(event: unknown, name?: string): void {
    this.#isIdle = false;
    this.#write(`${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(event)}\n\n`);
  }

  #comment(): void {
    if (this.#isIdle) this.#write(`: ${this.status}\n\n`);
    this.#isIdle = true;
  }

  #write(text: string): void {
    if (!this.signal.aborted) this.#controller.enqueue(encoder.encode(text));
  }
}
