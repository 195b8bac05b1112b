import { z } from 'zod';
import type { SoakRequest } from './soak-requests.ts';

/** How a request ended: its reply as text (tool calls with their names), or an error status. */
export interface SoakReply {
  status: number;
  text: string;
  /** Broken off by the client, so the text is the beginning of the reply. */
  isPart: boolean;
}

const call = z.object({
  function: z.object({ name: z.string().optional(), arguments: z.string().optional() }),
});
const message = z.object({ content: z.string().nullish(), tool_calls: z.array(call).nullish() });
const whole = z.object({ choices: z.array(z.object({ message })).min(1) });
const chunk = z.object({ choices: z.array(z.object({ delta: message })) });

/** Asks once. `chunks`: break a stream off after so many events. */
export async function askOnce(
  url: string,
  request: SoakRequest,
  signal: AbortSignal,
  chunks?: number,
): Promise<SoakReply> {
  const response = await fetch(url + request.path, {
    method: 'POST',
    body: JSON.stringify(request.body),
    signal,
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  if (isStream) return readStream(response, chunks);
  const text = await response.text();
  if (response.status !== 200) return { status: response.status, text, isPart: false };
  return { status: 200, text: textOf(whole.parse(JSON.parse(text)).choices[0]!.message), isPart: false };
}

async function readStream(response: Response, most?: number): Promise<SoakReply> {
  let text = '';
  let count = 0;
  for await (const event of eventsOf(response)) {
    if ('error' in event) return { status: 500, text: JSON.stringify(event), isPart: false };
    text += chunk
      .parse(event)
      .choices.map(({ delta }) => textOf(delta))
      .join('');
    // Leaving the loop cancels the body, which closes the connection.
    if (++count === most) return { status: 200, text, isPart: true };
  }
  return { status: 200, text, isPart: false };
}

async function* eventsOf(response: Response): AsyncGenerator<object> {
  let rest = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + piece).split('\n\n');
    rest = events.pop()!;
    for (const event of events) {
      const data = event.match(/^data: (.*)$/m)?.[1];
      if (data !== undefined && data !== '[DONE]') yield JSON.parse(data) as object;
    }
  }
}

function textOf({ content, tool_calls }: z.infer<typeof message>): string {
  const calls = (tool_calls ?? []).map((one) => (one.function.name ?? '') + (one.function.arguments ?? ''));
  return (content ?? '') + calls.join('');
}
