/** One kind of request that the soak's clients make. */
export interface SoakRequest {
  kind: 'stream' | 'whole' | 'tools' | 'schema' | 'cancel' | 'error';
  path: string;
  body: object;
}

const cities = ['Paris', 'Rome', 'Oslo', 'Cairo', 'Lima', 'Delhi', 'Tokyo', 'Quito'];
const things = ['river', 'bread', 'winter', 'music'];

const chat = '/v1/chat/completions';

const forecast = {
  type: 'function',
  function: {
    name: 'forecast',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', maxLength: 12 },
        days: { type: 'integer', minimum: 1, maximum: 9 },
      },
      required: ['city', 'days'],
      additionalProperties: false,
    },
  },
};

/** Greedy, so that each has one right reply; and about different things, so that no two right replies are alike. */
export function soakRequests(): SoakRequest[] {
  const requests: SoakRequest[] = [];
  for (const city of cities) {
    for (const thing of things) {
      const messages = [{ role: 'user', content: `Tell me of the ${thing} in ${city}.` }];
      const body = { messages, temperature: 0, max_tokens: 24 };
      requests.push({ kind: 'stream', path: chat, body: { ...body, stream: true } });
      requests.push({ kind: 'cancel', path: chat, body: { ...body, stream: true, max_tokens: 400 } });
    }
    const messages = [{ role: 'user', content: `How is the weather in ${city}?` }];
    const body = { messages, temperature: 0, max_tokens: 64 };
    requests.push({ kind: 'whole', path: chat, body: { ...body, max_tokens: 12 } });
    const tools = { tools: [forecast], tool_choice: 'required', parallel_tool_calls: false };
    requests.push({ kind: 'tools', path: chat, body: { ...body, ...tools, stream: true } });
    const schema = forecast.function.parameters;
    const response_format = { type: 'json_schema', json_schema: { name: 'asked', schema } };
    requests.push({ kind: 'schema', path: chat, body: { ...body, response_format } });
  }
  const messages = [{ role: 'user', content: 'Hello' }];
  requests.push({ kind: 'error', path: chat, body: { messages, n: 100_000 } });
  requests.push({
    kind: 'error',
    path: chat,
    body: { messages: [{ role: 'user', content: 'long '.repeat(20_000) }] },
  });
  requests.push({ kind: 'error', path: '/v1/completions', body: { prompt: [1_000_000] } });
  return requests;
}
