import type { Outcome, RunEvent } from '../../src/run.ts';
import type { RunRecord } from '../../src/store/runs.ts';
import type { StoredSample } from './stored-run.ts';

/** One sample of an Inspect log (`EvalSample`). */
export function inspectSample(sample: StoredSample, run: RunRecord) {
  const { record, question } = sample;
  const { outcome, epoch, id } = record;
  const model = modelName(run);
  const usage = usageOf(record.promptTokens, record.cachedTokens, record.completionTokens);
  const uuid = `${run.id}-${id}-${epoch}`;
  const answer = outcome?.answer ?? '';
  return {
    ...{ id, epoch, uuid, input: question.question, target: question.answer },
    messages: sample
      .events()
      .flatMap(({ event }) => messagesOf(event, model))
      .map(withId(uuid)),
    output: {
      ...{ model, usage, time: record.ms / 1000, completion: answer },
      choices: outcome
        ? [{ message: { id: `${uuid}-answer`, ...assistant(answer, model) }, stop_reason: 'stop' }]
        : [],
    },
    ...(record.score === null ? {} : { scores: { [record.scorer]: scoreOf(sample) } }),
    metadata: metadataOf(sample),
    ...{ store: {}, events: [], attachments: {}, model_usage: { [model]: usage } },
    started_at: isoTime(record.endedAt - record.ms),
    completed_at: isoTime(record.endedAt),
    ...{ total_time: record.ms / 1000, working_time: record.ms / 1000 },
    ...(record.error === null ? {} : { error: errorOf(record.error) }),
    ...limitOf(sample, run),
  };
}

export function modelName({ settings }: RunRecord): string {
  return String(settings.model ?? 'unknown');
}

export function usageOf(prompt: number, cached: number, completion: number) {
  return {
    ...{ input_tokens: prompt, output_tokens: completion, total_tokens: prompt + completion },
    input_tokens_cache_read: cached,
  };
}

function scoreOf({ record, question }: StoredSample) {
  const { outcome } = record;
  return {
    value: record.score,
    answer: outcome?.verdict ?? outcome?.answer ?? '',
    explanation: outcome?.unparsed ? 'no verdict could be read' : (outcome?.answer ?? ''),
    metadata: { label: question.label, unparsed: outcome?.unparsed ?? false },
  };
}

function metadataOf({ record, question }: StoredSample) {
  const { inquiry, condition, target, category, subcategory, pair, label } = question;
  const { status, seed, modelCalls, outcome } = record;
  return {
    ...{ label, inquiry, condition, target, category, subcategory, pair, status, seed, modelCalls },
    stop: outcome?.stop,
    steps: outcome?.steps,
    uncertain: outcome?.uncertain,
    connected: outcome?.connected,
    evidence: (outcome?.evidence ?? []).map(({ line, text, sign }) => ({ line, text, sign })),
  };
}

function limitOf({ record }: StoredSample, { settings }: RunRecord) {
  const stop = record.outcome?.stop;
  if (stop === 'step-limit') return { limit: { type: 'turn', limit: Number(settings.maxSteps ?? 0) } };
  if (stop !== 'context-limit') return {};
  return { limit: { type: 'context', limit: Number(settings.contextLength ?? 0) } };
}

interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
  source?: 'input' | 'generate';
  model?: string;
}

/** The conversation as it went; the calls of the final stage follow, each with the turn that it answers. */
function messagesOf(event: RunEvent<Outcome>, model: string): ChatMessage[] {
  switch (event.type) {
    case 'opening':
      return event.messages.map(({ role, content }) => ({ role, content, source: 'input' }));
    case 'given-move':
      return [{ role: 'assistant', content: event.text }];
    case 'reply':
      return [assistant(event.text, model)];
    case 'observation':
      return [{ role: 'user', content: event.text }];
    case 'stage': {
      const asked = event.prompt.at(-1);
      const turn: ChatMessage[] = asked ? [{ role: asked.role, content: asked.content }] : [];
      return [...turn, assistant(event.text, model)];
    }
    default:
      return [];
  }
}

function assistant(content: string, model: string): ChatMessage {
  return { role: 'assistant', content, source: 'generate', model };
}

function withId(uuid: string): (message: ChatMessage, index: number) => ChatMessage & { id: string } {
  return (message, index) => ({ id: `${uuid}-${index}`, ...message });
}

export function errorOf(message: string) {
  return { message, traceback: message, traceback_ansi: message };
}

export const isoTime = (ms: number) => new Date(Math.round(ms)).toISOString().replace('Z', '+00:00');
