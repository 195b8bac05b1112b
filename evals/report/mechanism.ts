import { abstentions } from '../../agents/perturbation/perturbation-agent.ts';
import { disagrees } from '../../agents/perturbation/second-opinion.ts';
import type { AnswerOutcome } from '../../src/run.ts';
import { html, type Markup } from './html.ts';
import { evidenceList } from './transcript.ts';

/** What signed propagation says beside an answer, where the two disagree, and whether the answer is supported. */
export function mechanismSection(outcome: AnswerOutcome): Markup | null {
  const { mechanism, certificate, verdict } = outcome;
  if (!mechanism || mechanism.abstained === 'open') return null;
  const { text, notes, lines, abstained } = mechanism;
  const steps = abstained === null || text.length > 0 ? text : [];
  return html`<h3>Mechanism by signed propagation, without a model</h3>
${disagrees(outcome) && html`<p class="notice">They disagree: the answer's verdict is ${verdict}, the mechanism says ${mechanism.verdict}.</p>`}
<ul class="mechanism">${steps.map((step) => html`<li>${step}</li>`)}${abstained !== null && html`<li>${abstentions[abstained]}</li>`}</ul>
${notes.map((note) => html`<p class="small soft">${note}</p>`)}
${lines.length > 0 && html`<details><summary class="small">Lines that the answer's evidence lacks</summary>${evidenceList(lines)}</details>`}
${verdict !== null && html`<p class="small">${certificate ? 'Supported: a certificate is stored.' : 'Unsupported: the evidence holds no path whose signs lead to this verdict.'}</p>`}`;
}
