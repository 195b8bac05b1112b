import { z } from 'zod';
import { constraintBenchSchema } from '../../evals/bench/constraint.bench.ts';
import { paritySchema } from '../../evals/bench/engine-parity.ts';
import { graphMeasurementSchema } from '../../evals/bench/graph-measurement.ts';
import { measurementSchema } from '../../evals/bench/measurement.ts';
import { qualitySchema } from '../../evals/bench/quality.bench.ts';
import { servingMeasurementSchema } from '../../evals/bench/serving.bench.ts';
import { soakSchema } from '../../evals/bench/soak.ts';
import { tinyParitySchema } from '../../evals/bench/tiny-parity.ts';
import { tokenizerParitySchema } from '../../evals/bench/tokenizer-parity.ts';
import { contaminationSchema } from '../../evals/biomaze/contamination.ts';
import { judgeCheckSchema } from '../../evals/biomaze/judge/check-judge.ts';
import { judgeCountsSchema } from '../../evals/biomaze/judge/score-run.ts';
import { kvCheckSchema } from '../../evals/biomaze/kv-check.ts';
import { probeTableSchema } from '../../evals/biomaze/probe-table.ts';
import { summarySchema } from '../../evals/biomaze/summary.ts';
import { runLineSchema, sampleLineSchema, summaryLineSchema } from '../../evals/harness/stream.ts';
import { runEventSchema } from '../run.ts';
import { askSummarySchema } from './answer-summary.ts';
import { engineBenchSummarySchema } from './bench-engine.ts';
import { graphBenchSummarySchema } from './bench-graph.ts';
import { configShownSchema } from './config.ts';
import { dataListSchema, dataPulledSchema, dataVerifiedSchema } from './data.ts';
import { madeQuestionsSchema } from './data-questions.ts';
import { doctorReportSchema } from './doctor.ts';
import { matrixCellLineSchema, matrixSummarySchema } from './end-matrix.ts';
import { graphListSchema } from './graph.ts';
import { graphExportSchema } from './graph-export.ts';
import { geneSubgraphSchema } from './graph-genes.ts';
import { importReportSchema } from './graph-import.ts';
import { graphSearchSchema, graphShowSchema, graphStatsSchema, graphSubgraphSchema } from './graph-views.ts';
import {
  inspectedModelSchema,
  installedModelSchema,
  modelListSchema,
  pulledModelSchema,
  removedModelSchema,
} from './models.ts';
import { convertedModelSchema } from './models-convert.ts';
import { runReportSchema, runShowSchema, runsListSchema, sampleShowSchema } from './runs.ts';
import { runsDiffSchema } from './runs-diff.ts';
import { runExportSchema } from './runs-export.ts';
import { runScoreSchema } from './runs-score.ts';
import { readySchema } from './serve.ts';
import { certifiedAnswerSchema, verifyReportSchema } from './verify.ts';

interface JsonShape {
  /** `document`: one JSON value. `stream`: one JSON object a line, each of this shape. */
  form: 'document' | 'stream';
  schema: z.ZodType;
}

const document = (schema: z.ZodType): JsonShape => ({ form: 'document', schema });
const stream = (...lines: [z.ZodType, ...z.ZodType[]]): JsonShape => ({
  form: 'stream',
  schema: z.union(lines),
});

/** What each command prints with `--json`; docs/json/ is written from it. */
export const jsonShapes: Record<string, JsonShape> = {
  ask: stream(runEventSchema, askSummarySchema),
  'bench constraint': document(constraintBenchSchema),
  'bench engine': stream(measurementSchema, engineBenchSummarySchema),
  'bench graph': stream(graphMeasurementSchema, graphBenchSummarySchema),
  'bench quality': stream(qualitySchema),
  'bench serving': stream(servingMeasurementSchema),
  'bench soak': document(soakSchema),
  'bench parity': document(z.union([paritySchema, tinyParitySchema, tokenizerParitySchema])),
  'config show': document(configShownSchema),
  'data list': document(dataListSchema),
  'data pull': document(dataPulledSchema),
  'data make-questions': document(madeQuestionsSchema),
  'data verify': document(dataVerifiedSchema),
  doctor: document(doctorReportSchema),
  'eval biomaze': stream(
    runLineSchema,
    sampleLineSchema,
    summaryLineSchema.extend({
      ...summarySchema.shape,
      kvCheck: kvCheckSchema.optional(),
      judged: judgeCountsSchema.optional(),
      contamination: contaminationSchema,
      probes: probeTableSchema.optional(),
    }),
    matrixCellLineSchema,
    matrixSummarySchema,
  ),
  'graph export': document(graphExportSchema),
  'graph import': document(importReportSchema),
  'graph list': document(graphListSchema),
  'graph search': document(graphSearchSchema),
  'graph show': document(graphShowSchema),
  'graph stats': document(graphStatsSchema),
  'graph subgraph': document(z.union([graphSubgraphSchema, geneSubgraphSchema])),
  'models add': document(installedModelSchema),
  'models convert': document(convertedModelSchema),
  'models inspect': document(inspectedModelSchema),
  'models list': document(modelListSchema),
  'models pull': document(pulledModelSchema),
  'models rm': document(removedModelSchema),
  'runs certificates': stream(certifiedAnswerSchema),
  'runs diff': document(runsDiffSchema),
  'runs export': document(runExportSchema),
  'runs judge-check': document(judgeCheckSchema),
  'runs list': document(runsListSchema),
  'runs report': document(runReportSchema),
  'runs score': document(runScoreSchema),
  'runs show': document(z.union([runShowSchema, sampleShowSchema])),
  serve: stream(readySchema),
  verify: document(verifyReportSchema),
};

/** The files of docs/json/ by name: a JSON Schema a command. */
export function jsonShapeFiles(): Record<string, string> {
  const files = Object.entries(jsonShapes).map(([command, { form, schema }]) => {
    const title = `pathact ${command} --json: ${form === 'stream' ? 'each line' : 'the document'}`;
    const text = JSON.stringify({ title, ...z.toJSONSchema(schema, { unrepresentable: 'any' }) }, null, 2);
    return [`${command.replaceAll(' ', '-')}.schema.json`, `${text}\n`];
  });
  return Object.fromEntries(files);
}
