// Writes docs/measurements.md and a plot a model from what `bench engine --json` and `bench quality --json` printed.
//   npm run measurements -- FILE.jsonl ...
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measurementSchema } from '../evals/bench/measurement.ts';
import { decodePlot, measurementPage } from '../evals/bench/measurement-report.ts';
import { qualitySchema } from '../evals/bench/quality.bench.ts';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const lines = process.argv
  .slice(2)
  .flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean))
  .map((line) => JSON.parse(line))
  .filter(({ type }) => type === 'measurement');
const engine = lines.filter(({ bench }) => bench === 'engine').map((line) => measurementSchema.parse(line));
const quality = lines.filter(({ bench }) => bench === 'quality').map((line) => qualitySchema.parse(line));

let page = measurementPage(engine, quality);
for (const [i, model] of [...new Set(engine.map((line) => line.model))].entries()) {
  const name = `measurements-${i + 1}.svg`;
  writeFileSync(docs + name, decodePlot(engine.filter((line) => line.model === model)));
  page += `\n![Decode by context: ${model}](${name})\n`;
}
writeFileSync(`${docs}measurements.md`, page);
