import { z } from 'zod';
import { runEventSchema } from '../../src/run.ts';
import { runSettingsSchema } from '../../src/store/runs.ts';
import { sampleRecordSchema } from '../../src/store/samples.ts';
import { jsonText } from './json-text.ts';
import type { StoredRun } from './stored-run.ts';

/** One line of `runs export --format jsonl`: a sample with everything that was said, and the run's settings. */
export const exportedSampleSchema = z.object({
  run: z.string(),
  method: z.string(),
  settings: runSettingsSchema,
  sample: sampleRecordSchema,
  events: z.array(z.object({ ts: z.number(), event: runEventSchema })),
});

export function* jsonlOf({ run, samples }: StoredRun): Generator<string> {
  const { id, method, settings } = run;
  for (const { record, events } of samples()) {
    const line: z.infer<typeof exportedSampleSchema> = {
      ...{ run: id, method, settings, sample: record, events: events() },
    };
    yield `${jsonText(line)}\n`;
  }
}
