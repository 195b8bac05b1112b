import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, isStepCount, Output, streamText, tool } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { lacksDefaultModel } from '../../helpers/default-model.ts';
import { question, servedDefaultModel, weatherIn } from './served-model.ts';

const inputSchema = z.object({ city: z.enum(['Paris', 'Rome']), unit: z.enum(['C', 'F']) });
const tools = {
  get_weather: tool({
    description: 'The weather in a city',
    inputSchema,
    execute: async (of) => weatherIn(of),
  }),
};

describe.skipIf(lacksDefaultModel)("the AI SDK's OpenAI-compatible provider", () => {
  const baseURL = servedDefaultModel();
  const model = () =>
    createOpenAICompatible({
      name: 'pathact',
      baseURL: baseURL(),
      includeUsage: true,
      supportsStructuredOutputs: true,
    })('tiny');
  const conversation = () => ({
    model: model(),
    prompt: question,
    tools,
    maxOutputTokens: 64,
    maxRetries: 0,
    seed: 5,
    stopWhen: isStepCount(2),
    // The first step calls, the second answers.
    prepareStep: ({ stepNumber }: { stepNumber: number }) => ({
      toolChoice: stepNumber === 0 ? ('required' as const) : ('none' as const),
    }),
  });

  test('holds a conversation of two turns with a tool', async () => {
    const { steps, text } = await generateText(conversation());
    expect(steps).toHaveLength(2);
    expect(steps[0]!.finishReason).toBe('tool-calls');
    expect(steps[0]!.toolCalls[0]).toMatchObject({ toolName: 'get_weather' });
    expect(steps[0]!.toolResults[0]!.output).toContain('temperature');
    expect(text).toMatch(/\w/);
  });

  test('streams it', async () => {
    const result = streamText(conversation());
    let streamed = '';
    for await (const piece of result.textStream) streamed += piece;
    const steps = await result.steps;
    expect(steps).toHaveLength(2);
    expect(inputSchema.parse(steps[0]!.toolCalls[0]!.input)).toBeDefined();
    expect(streamed).toBe(await result.text);
    expect((await result.usage).outputTokens).toBeGreaterThan(0);
  });

  test('gives an object of a schema', async () => {
    const { output } = await generateText({
      model: model(),
      prompt: question,
      maxOutputTokens: 64,
      output: Output.object({ schema: inputSchema }),
    });
    inputSchema.parse(output);
  });
});
