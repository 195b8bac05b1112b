import { questionSchema } from '../../evals/biomaze/question.ts';
import type { Outcome, RunEvent } from '../run.ts';
import type { TimedEvent } from '../store/events.ts';
import type { SampleRecord } from '../store/samples.ts';
import { plain } from './print.ts';

/** A stored sample as lines for people: question, result, then everything that was said. */
export function transcriptText(sample: SampleRecord, events: readonly TimedEvent[]): string[] {
  const question = questionSchema.parse(sample.input);
  const { outcome, error } = sample;
  return [
    `question: ${plain(question.question)}`,
    `in the data: ${plain(question.answer)}`,
    `status: ${sample.status}, score: ${sample.score ?? '–'}, seed: ${sample.seed}, ${Math.round(sample.ms)} ms`,
    ...(error === null ? [] : [`error: ${plain(error)}`]),
    ...(outcome ? [`verdict: ${outcome.verdict ?? 'none'}`, `answer: ${plain(outcome.answer)}`] : []),
    ...(outcome?.evidence ?? []).map(({ line, text }) => `  ${line}) ${plain(text)}`),
    ...events.flatMap(({ event }) => eventLines(event)),
  ];
}

/** One event as lines for people. */
export function eventLines(event: RunEvent<Outcome>): string[] {
  switch (event.type) {
    case 'resolved':
      return said('names', event.names.map(({ text, name }) => `${text} → ${name}`).join(', ') || 'none');
    case 'opening':
      return event.messages.flatMap(({ role, content }) => said(role, content));
    case 'given-move':
      return said('first move, made by pathact', event.text);
    case 'reply':
      return said(`model, step ${event.step}`, event.text);
    case 'observation':
      return said('observation', event.text);
    case 'stage':
      return [...said(event.stage, event.prompt.at(-1)?.content ?? ''), ...said('model', event.text)];
    case 'finished':
      return [];
  }
}

function said(who: string, text: string): string[] {
  return ['', `── ${who}`, plain(text)];
}
