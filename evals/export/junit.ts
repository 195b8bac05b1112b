import { stripVTControlCharacters } from 'node:util';
import { resultOf, type StoredRun, type StoredSample } from './stored-run.ts';

/**
 * JUnit XML as build servers read it: one suite a run, one case a sample and epoch. A wrong or unreadable answer is a
 * failure, a sample that failed an error, an answer that nothing has scored is skipped.
 */
export function* junitOf(stored: StoredRun): Generator<string> {
  const { run, samples } = stored;
  const counts = counted(stored);
  const name = `${run.task} ${run.method} ${run.id}`;
  const timestamp = new Date(run.startedAt).toISOString().slice(0, 19);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites${attributes({ name, ...counts })}>\n`;
  yield `<testsuite${attributes({ name, ...counts, timestamp })}>\n<properties>\n`;
  for (const [key, value] of Object.entries(run.settings)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    yield `<property${attributes({ name: key, value: text })}/>\n`;
  }
  yield '</properties>\n';
  for (const sample of samples()) yield testCase(sample, `${run.task}.${run.method}`);
  yield '</testsuite>\n</testsuites>\n';
}

function counted({ samples }: StoredRun) {
  const counts = { tests: 0, failures: 0, errors: 0, skipped: 0 };
  let ms = 0;
  for (const sample of samples()) {
    counts.tests++;
    ms += sample.record.ms;
    const result = resultOf(sample);
    if (result === 'wrong' || result === 'unparsed') counts.failures++;
    if (result === 'failed') counts.errors++;
    if (result === 'unscored') counts.skipped++;
  }
  return { ...counts, time: seconds(ms) };
}

function testCase(sample: StoredSample, classname: string): string {
  const { record, question } = sample;
  const name = record.epoch > 1 ? `${record.id} epoch ${record.epoch}` : record.id;
  const head = `<testcase${attributes({ classname, name, time: seconds(record.ms) })}>`;
  const said = record.outcome?.answer ?? '';
  const out = `<system-out>${escapedXml(`${question.question}\n\n${said}`)}</system-out>`;
  return `${head}${ending(sample)}${out}</testcase>\n`;
}

function ending(sample: StoredSample): string {
  const { record, question } = sample;
  const expected = `expected ${question.label ?? question.answer}`;
  switch (resultOf(sample)) {
    case 'right':
      return '';
    case 'wrong': {
      const given = record.outcome?.verdict ?? `a score of ${record.score}`;
      return `<failure${attributes({ type: 'wrong', message: `${expected}, got ${given}` })}/>`;
    }
    case 'unparsed':
      return `<failure${attributes({ type: 'unparsed', message: `${expected}, no verdict could be read` })}/>`;
    case 'failed':
      return `<error${attributes({ type: record.status, message: record.error ?? 'failed' })}/>`;
    case 'unscored':
      return `<skipped${attributes({ message: 'nothing has scored this answer' })}/>`;
  }
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapedXml(String(value))}"`)
    .join('');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Text for content and quoted attributes. Characters that XML 1.0 cannot hold become U+FFFD. */
export function escapedXml(text: string): string {
  return (
    stripVTControlCharacters(text)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu, '\ufffd')
      .replace(/[&<>"'\t\r\n]/g, (letter) => `&#${letter.charCodeAt(0)};`)
  );
}
