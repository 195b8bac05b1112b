import type { AnswerOutcome, Outcome, RunEvent } from '../../src/run.ts';
import { runEventSchema } from '../../src/run.ts';

/** All events of a run, each checked against its stored shape. */
export async function eventsOf<O extends Outcome = AnswerOutcome>(
  run: AsyncIterable<RunEvent<O>>,
): Promise<RunEvent<O>[]> {
  const events: RunEvent<O>[] = [];
  for await (const event of run) {
    runEventSchema.parse(event);
    events.push(event);
  }
  return events;
}

/** The outcome that a run ends with. */
export function outcomeIn<O extends Outcome = AnswerOutcome>(events: readonly RunEvent<O>[]): O {
  const last = events.at(-1);
  if (last?.type !== 'finished') throw new Error(`the run ends with ${last?.type}`);
  return last.outcome;
}
