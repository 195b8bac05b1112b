import type { EvidenceLine, Message, Outcome, RunEvent } from '../../src/run.ts';
import type { TimedEvent } from '../../src/store/events.ts';
import { html, type Markup } from './html.ts';

/** What was said, in order. */
export function transcriptSection(events: readonly TimedEvent[]): Markup | null {
  if (events.length === 0) return null;
  const turns = events.map(({ event }) => turnsOf(event));
  return html`<details class="transcript"><summary>Transcript</summary>${turns}</details>`;
}

function turnsOf(event: RunEvent<Outcome>): Markup | Markup[] | null {
  switch (event.type) {
    case 'resolved':
      return turn(
        'names found in the graph',
        event.names.map(({ text, name, node }) => `${text} → ${name} (${node})`).join('\n') || 'none',
      );
    case 'opening':
      return event.messages.map(({ role, content }) => turn(role, content));
    case 'given-move':
      return turn('first move, made by pathact', event.text);
    case 'reply':
      return modelTurn(`model, step ${event.step} · ${cost(event)}`, event.text);
    case 'observation':
      return turn('observation', event.text);
    case 'stage':
      return [
        turn(`asked to ${stageNames[event.stage]}`, lastOf(event.prompt)),
        modelTurn(`model · ${cost(event)}`, event.text),
      ];
    case 'finished':
      return null;
  }
}

const stageNames = {
  reason: 'reason over the evidence',
  uncertainty: 'say whether it reached an answer',
  fallback: 'answer without the graph',
  verdict: 'give the verdict',
  refine: 'check a step of its draft',
  select: 'select lines to follow',
  sufficient: 'say whether the lines suffice',
  create: 'write actions',
  usage: 'show how its actions are used',
  describe: 'describe an action',
  revise: 'mend an action that failed',
  lesson: 'draw a lesson from a failed episode',
} as const;

/** A stage repeats the conversation so far; what is new is its last message. */
function lastOf(prompt: readonly Message[]): string {
  return prompt.at(-1)?.content ?? '';
}

function cost({ usage, ms }: Extract<RunEvent, { type: 'reply' | 'stage' }>): string {
  const time = `${(ms / 1000).toFixed(1)} s`;
  return usage
    ? `${usage.promptTokens} tokens in (${usage.cachedTokens} cached), ${usage.completionTokens} out, ${time}`
    : time;
}

function turn(who: string, text: string): Markup {
  return html`<div class="turn"><div class="who">${who}</div><pre>${text}</pre></div>`;
}

function modelTurn(who: string, text: string): Markup {
  return html`<div class="turn model"><div class="who">${who}</div><pre>${text}</pre></div>`;
}

/** The numbered pathway lines that an answer rests on. */
export function evidenceList(evidence: readonly EvidenceLine[]): Markup | null {
  if (evidence.length === 0) return null;
  return html`<h3>Evidence</h3><ol class="evidence">${evidence.map(
    ({ line, text, sources }) =>
      html`<li><b>${line}</b>${text}${sources.length > 0 && html` <span class="soft">[${sources.join('; ')}]</span>`}</li>`,
  )}</ol>`;
}
