import type { AnswerOutcome, RunEvent } from '../../src/run.ts';
import { runEventSchema } from '../../src/run.ts';

/** All events of a run, each checked against its stored shape. */
export async function eventsOf(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(runEventSchema.parse(event));
  return events;
}

/** The outcome that a run ends with. */
export function outcomeIn(events: readonly RunEvent[]): AnswerOutcome {
  const last = events.at(-1);
  if (last?.type !== 'finished') throw new Error(`the run ends with ${last?.type}`);
  return last.outcome;
}
