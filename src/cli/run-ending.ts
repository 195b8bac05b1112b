import type { Contamination } from '../../evals/biomaze/contamination.ts';
import type { JudgeCounts } from '../../evals/biomaze/judge/score-run.ts';
import type { KvCheck } from '../../evals/biomaze/kv-check.ts';
import { type ProbeTable, probeText } from '../../evals/biomaze/probe-table.ts';
import { supportText } from '../../evals/biomaze/support.ts';
import { kvCheckText, percent } from '../../evals/report/format.ts';
import { InterruptedError, ThresholdMissedError } from '../errors.ts';
import { judgedText } from './judge-run.ts';
import { note, printJsonLine, printLine } from './print.ts';
import type { BioMazeEnding } from './run-biomaze.ts';
import { contaminationText, navigationText, scoreText, smokeScaleNote } from './score-text.ts';

/** How a run ended, with all that was found out about it. */
export interface MarkedEnding extends BioMazeEnding {
  smokeScale: boolean;
  kvCheck: KvCheck | undefined;
  judged: JudgeCounts | undefined;
  contamination: Contamination;
  probes: ProbeTable | undefined;
}

/** Prints a run's scores; throws why it stopped, or `ThresholdMissedError` where it is below `minScore`. */
export function reportRun(
  ending: MarkedEnding,
  file: string,
  { json, minScore }: { json?: true; minScore?: number },
): void {
  const { run, status, summary } = ending;
  if (json) printJsonLine(summaryLine(ending));
  else for (const line of textLines(ending)) printLine(line);
  note(`Stored as run ${run.id} in ${file}; \`pathact runs report ${run.id}\` writes the report.`);
  if (status === 'failed') throw ending.error;
  if (status === 'cancelled') {
    throw new InterruptedError(`stopped after ${summary.n} of ${run.planned} samples; all of them are kept`, {
      hint: `The same command with --resume ${run.id} asks the rest.`,
    });
  }
  const score = summary.balanced ?? summary.accuracy;
  if (minScore !== undefined && (score === null || score < minScore)) {
    throw new ThresholdMissedError(`the score is ${percent(score)}, below ${percent(minScore)}`);
  }
}

function textLines(ending: MarkedEnding): string[] {
  const { summary, smokeScale, kvCheck, judged, contamination, probes } = ending;
  return [
    ...scoreText(summary),
    ...contaminationText(contamination),
    ...navigationText(summary),
    ...(summary.support ? [supportText(summary.support)] : []),
    ...(probes ? probeText(probes) : []),
    ...(judged ? [judgedText(judged)] : []),
    ...(kvCheck ? [kvCheckText(kvCheck)] : []),
    ...(smokeScale ? [smokeScaleNote] : []),
  ];
}

function summaryLine(ending: MarkedEnding) {
  const { run, status, summary, seconds, smokeScale, kvCheck, judged, contamination, probes } = ending;
  const facts = {
    type: 'summary',
    run: run.id,
    status,
    planned: run.planned,
    smokeScale,
    ...summary,
    kvCheck,
    judged,
    contamination,
    probes,
  };
  return { ...facts, seconds: Math.round(seconds * 1000) / 1000 };
}
