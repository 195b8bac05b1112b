import { HumanMessage, type ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { lacksDefaultModel } from '../../helpers/default-model.ts';
import { question, servedDefaultModel, weatherIn } from './served-model.ts';

const schema = z.object({ city: z.enum(['Paris', 'Rome']), unit: z.enum(['C', 'F']) });
const weather = tool(weatherIn, { name: 'get_weather', description: 'The weather in a city', schema });

describe.skipIf(lacksDefaultModel)('ChatOpenAI', () => {
  const baseURL = servedDefaultModel();
  const model = () =>
    new ChatOpenAI({
      model: 'tiny',
      apiKey: 'none',
      maxRetries: 0,
      maxTokens: 64,
      temperature: 0,
      configuration: { baseURL: baseURL() },
    });

  test('holds a conversation of two turns with a bound tool', async () => {
    const bound = model().bindTools([weather], { tool_choice: 'required', parallel_tool_calls: false });
    const first = await bound.invoke([new HumanMessage(question)]);
    const [call] = first.tool_calls!;
    expect(call!.name).toBe('get_weather');
    const result = (await weather.invoke(call!)) as ToolMessage;
    expect(result.content).toContain('temperature');
    const second = await model()
      .bindTools([weather], { tool_choice: 'none' })
      .invoke([new HumanMessage(question), first, result]);
    expect(second.text).toMatch(/\w/);
    expect(second.tool_calls).toEqual([]);
  });

  test('streams a call that adds up to the whole one', async () => {
    const bound = model().bindTools([weather], { tool_choice: 'get_weather' });
    const whole = await bound.invoke([new HumanMessage(question)]);
    let pieces = '';
    for await (const chunk of await bound.stream([new HumanMessage(question)])) {
      for (const piece of chunk.tool_call_chunks ?? []) pieces += piece.args ?? '';
    }
    expect(JSON.parse(pieces)).toEqual(whole.tool_calls![0]!.args);
  });

  test.each(['jsonSchema', 'functionCalling', 'jsonMode'] as const)(
    'gives structured output by %s',
    async (method) => {
      const asked = method === 'jsonMode' ? z.record(z.string(), z.unknown()) : schema;
      const structured = model().withStructuredOutput(asked, { method, name: 'weather' });
      asked.parse(await structured.invoke(`${question} Answer in JSON.`));
    },
  );
});
