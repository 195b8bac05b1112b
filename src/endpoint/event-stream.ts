const PING_MS = 15_000;

/**
 * A response of server-sent events, one JSON object each, then `[DONE]`. `produce` sends them and ends by returning;
 * its signal aborts when the client goes away. Where it throws, the client gets `toError`'s object as the last event.
 */
export function eventStream(
  clientSignal: AbortSignal,
  produce: (send: (event: unknown) => void, signal: AbortSignal) => Promise<void>,
  toError: (error: unknown) => unknown,
): Response {
  const gone = new AbortController();
  const signal = AbortSignal.any([clientSignal, gone.signal]);
  const encoder = new TextEncoder();
  const run = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const write = (text: string) => {
      if (!signal.aborted) controller.enqueue(encoder.encode(text));
    };
    const send = (event: unknown) => write(`data: ${JSON.stringify(event)}\n\n`);
    // A comment now and then keeps proxies and clients waiting through a long prompt.
    const ping = setInterval(write, PING_MS, ': ping\n\n');
    try {
      await produce(send, signal);
      write('data: [DONE]\n\n');
    } catch (error) {
      if (!signal.aborted) send(toError(error));
    } finally {
      clearInterval(ping);
      if (!gone.signal.aborted) controller.close();
    }
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      void run(controller);
    },
    cancel() {
      gone.abort();
    },
  });
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
  return new Response(body, { headers });
}
