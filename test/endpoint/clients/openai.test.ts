import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { lacksDefaultModel } from '../../helpers/default-model.ts';
import { question, servedDefaultModel, weatherIn, weatherParameters } from './served-model.ts';

const weatherArguments = z.object({ city: z.enum(['Paris', 'Rome']), unit: z.enum(['C', 'F']) });

describe.skipIf(lacksDefaultModel)('the openai package', () => {
  const baseURL = servedDefaultModel();
  const client = () => new OpenAI({ baseURL: baseURL(), apiKey: 'none', maxRetries: 0 });
  const tool: OpenAI.ChatCompletionFunctionTool = {
    type: 'function',
    function: { name: 'get_weather', description: 'The weather in a city', parameters: weatherParameters },
  };
  const settings = { model: 'tiny', max_tokens: 64, seed: 3, parallel_tool_calls: false } as const;

  test('holds a conversation of two turns with a tool', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: question }];
    const first = await client().chat.completions.create({
      ...settings,
      messages,
      tools: [tool],
      tool_choice: 'required',
    });
    const [choice] = first.choices;
    expect(choice!.finish_reason).toBe('tool_calls');
    const [call] = choice!.message.tool_calls as [OpenAI.ChatCompletionMessageFunctionToolCall];
    expect(call.function.name).toBe('get_weather');
    const given = weatherArguments.parse(JSON.parse(call.function.arguments));
    messages.push(choice!.message, { role: 'tool', tool_call_id: call.id, content: weatherIn(given) });
    const second = await client().chat.completions.create({
      ...settings,
      messages,
      tools: [tool],
      tool_choice: 'none',
    });
    expect(second.choices[0]!.message.content).toMatch(/\w/);
  });

  test('gets the same call whole and in pieces', async () => {
    const body = { ...settings, messages: [{ role: 'user' as const, content: question }], tools: [tool] };
    const choice = { type: 'function' as const, function: { name: 'get_weather' } };
    const whole = await client().chat.completions.create({ ...body, tool_choice: choice });
    const runner = client().chat.completions.stream({ ...body, tool_choice: choice });
    const streamed = await runner.finalMessage();
    const argumentsOf = (message: OpenAI.ChatCompletionMessage) =>
      message.tool_calls!.map((call) => call.type === 'function' && call.function);
    expect(argumentsOf(streamed)).toMatchObject(argumentsOf(whole.choices[0]!.message) as object[]);
  });

  test('parses a reply in the asked schema', async () => {
    const reply = await client().chat.completions.create({
      ...settings,
      messages: [{ role: 'user', content: question }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'weather', strict: true, schema: weatherParameters },
      },
    });
    expect(reply.choices[0]!.finish_reason).toBe('stop');
    weatherArguments.parse(JSON.parse(reply.choices[0]!.message.content!));
  });

  test('holds the conversation through responses, streamed', async () => {
    const responses = client().responses;
    const tools = [
      { type: 'function' as const, name: 'get_weather', parameters: weatherParameters, strict: true },
    ];
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: question }];
    const common = { model: 'tiny', max_output_tokens: 64, tools, parallel_tool_calls: false };
    const first = await responses.create({ ...common, input, tool_choice: 'required' });
    const [call] = first.output as [OpenAI.Responses.ResponseFunctionToolCall];
    const given = weatherArguments.parse(JSON.parse(call.arguments));
    input.push(call, { type: 'function_call_output', call_id: call.call_id, output: weatherIn(given) });
    const stream = responses.stream({ ...common, input, tool_choice: 'none' });
    const types: string[] = [];
    let text = '';
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    const second = await stream.finalResponse();
    expect(second.output_text).toBe(text);
    expect(text).toMatch(/\w/);
    expect(types.slice(0, 4)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
    ]);
    expect(types.at(-1)).toMatch(/^response\.(completed|incomplete)$/);
  });

  test('reads an error object as its own kind of error', async () => {
    const asked = client().chat.completions.create({
      model: 'tiny',
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,x' } }] }],
    });
    await expect(asked).rejects.toThrow(OpenAI.BadRequestError);
    await expect(asked).rejects.toMatchObject({ code: 'unsupported', param: 'messages[0].content[0]' });
  });
});
