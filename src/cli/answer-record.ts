import { PROMPTS_VERSION } from '../../agents/baselines/cot-prompts.ts';
import { disagrees } from '../../agents/perturbation/second-opinion.ts';
import type { Question } from '../../agents/question.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import { InterruptedError } from '../errors.ts';
import type { ServedModel } from '../model/chat-model.ts';
import type { AnswerOutcome, EvidenceLine, RunEvent, Usage } from '../run.ts';
import {
  type AskSummary,
  CANNOT_TELL,
  type CannotTell,
  modelSummary,
  toldAnswer,
  whyCannotTell,
} from './answer-summary.ts';

/** What does not change while a question is answered. */
export interface AnswerFacts {
  question: Question;
  search: PathwaySearch;
  model: string;
  served: ServedModel;
  settings: { seed: number; maxSteps: number; compat: boolean };
}

/** Follows a run's events, so that an interrupted answer still tells what was found. */
export class AnswerRecord {
  readonly #facts: AnswerFacts;
  readonly #started = performance.now();
  readonly #usage: Usage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  readonly #seen: EvidenceLine[] = [];
  #names: number | undefined;
  #steps = 0;
  #stop: CannotTell = 'failed';
  #outcome: AnswerOutcome | undefined;

  constructor(facts: AnswerFacts) {
    this.#facts = facts;
  }

  follow(event: RunEvent): void {
    if (event.type === 'resolved') this.#names = event.names.length;
    if (event.type === 'observation') this.#seen.push(...event.lines);
    if (event.type === 'reply') this.#steps = event.step;
    if (event.type === 'finished') this.#outcome = event.outcome;
    if (event.type === 'reply' || event.type === 'stage') this.#count(event.usage);
  }

  /** A run that ends without an outcome was interrupted, or failed. */
  stoppedBy(error: unknown): void {
    this.#stop = error instanceof InterruptedError ? 'interrupted' : 'failed';
  }

  summary(): AskSummary {
    const { question, search, model, served, settings } = this.#facts;
    const { graph } = search;
    const { name, hash } = graph.getAttributes();
    return {
      type: 'summary',
      question: question.text,
      kind: question.kind,
      ...(this.#outcome ? this.#answered(this.#outcome) : this.#unfinished()),
      model: modelSummary(model, served),
      graph: { name, nodes: graph.order, edges: graph.size, hash },
      settings: { ...settings, scoring: search.scoring, prompts: PROMPTS_VERSION },
      usage: this.#usage,
      ms: Math.round(performance.now() - this.#started),
    };
  }

  #answered(outcome: AnswerOutcome) {
    const { answer: reasoning, verdict, stop, steps, uncertain, connected, evidence } = outcome;
    const { certificate = null, mechanism = null } = outcome;
    const cannotTell = whyCannotTell(outcome, this.#names);
    const answer = toldAnswer(outcome, cannotTell);
    const told = { answer, cannotTell, reasoning, verdict, stop, steps, uncertain, connected, evidence };
    return { ...told, certificate, mechanism, disagree: disagrees(outcome) };
  }

  #unfinished() {
    const cannotTell = this.#stop;
    const nothing = { reasoning: '', verdict: null, stop: null, uncertain: false, connected: null };
    const unchecked = { certificate: null, mechanism: null, disagree: false };
    return {
      ...nothing,
      ...unchecked,
      answer: CANNOT_TELL,
      cannotTell,
      steps: this.#steps,
      evidence: this.#seen,
    };
  }

  #count(usage: Usage | undefined): void {
    if (!usage) return;
    this.#usage.promptTokens += usage.promptTokens;
    this.#usage.cachedTokens += usage.cachedTokens;
    this.#usage.completionTokens += usage.completionTokens;
  }
}
