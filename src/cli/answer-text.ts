import { styleText } from 'node:util';
import type { EvidenceLine, RunEvent, Sign } from '../run.ts';
import { plain } from './print.ts';

const signWords: Record<Sign, string> = {
  '+': 'raises',
  '-': 'lowers',
  '0': 'unsigned',
  conflict: 'sources disagree',
};
const stages = {
  reason: 'Reasoning over the evidence',
  uncertainty: 'Is that final?',
  fallback: 'Reasoning without the graph, because the evidence left it open',
  verdict: 'Verdict',
};

/** A run event as the lines of a terminal; empty for what needs no telling. */
export function eventText(event: RunEvent): string[] {
  switch (event.type) {
    case 'resolved':
      return [heading('Names found in the graph'), ...resolvedNames(event.names)];
    case 'opening':
      return [];
    case 'given-move':
      return [heading('First move, made for the model'), ...indented(event.text)];
    case 'reply':
      return [heading(`Move ${event.step}`), ...indented(event.text || '(an empty reply)')];
    case 'observation':
      return [...indented(event.text), ''];
    case 'stage':
      return [heading(stages[event.stage]), ...indented(event.text || '(an empty reply)'), ''];
    case 'finished':
      return [];
  }
}

/** Numbered evidence with its direction and, where known, where it can be checked. */
export function evidenceText(lines: readonly EvidenceLine[]): string[] {
  if (lines.length === 0) return ['  (none)'];
  return lines.flatMap(({ line, text, sign, sources }) => [
    `  ${line}) ${plain(text)}  [${signWords[sign]}]`,
    ...(sources.length > 0 ? [`     source: ${plain(sources.join('; '))}`] : []),
  ]);
}

export function heading(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

function resolvedNames(names: readonly { text: string; name: string }[]): string[] {
  if (names.length === 0) return ['  none of the names in the question'];
  return names.map(({ text, name }) => `  ${plain(text)} → ${plain(name)}`);
}

/** Text of a model or graph, made safe and set in. */
function indented(text: string): string[] {
  return plain(text)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}
