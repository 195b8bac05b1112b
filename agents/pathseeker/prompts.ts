import type { Message } from '../../src/run.ts';
import type { AnswerKind, Question } from '../question.ts';
import { type EvidenceStyle, type ExampleLine, exampleLines, readings } from './evidence-style.ts';
import { jsonWording, markedWording, type Wording } from './wording.ts';

/** The names by which the two described tools go; the reference's and ours mean the same functions. */
export interface ToolNames {
  global: string;
  local: string;
  /** Parameter names, in the order of the signature. */
  keywords: string;
  line: string;
}

export const ourTools: ToolNames = {
  global: 'search_global',
  local: 'search_local',
  keywords: 'keywords',
  line: 'line',
};
export const referenceTools: ToolNames = {
  global: 'search_biopathway_subgraph_global',
  local: 'search_biopathway_triple_N_hop_subgraph',
  keywords: 'key_words_list',
  line: 'history_line_id',
};

export const END_NOTICE = 'The search is finished.';

/** Which parts of the method the prompts speak of; an ablation leaves one out. */
export interface AskedParts {
  localSearch: boolean;
  onlyNew: boolean;
}
const allParts: AskedParts = { localSearch: true, onlyNew: true };

/** How an investigation is put before the model. */
export interface PromptForm {
  parts?: AskedParts;
  /** Turns are JSON under a schema, not marked text. */
  json?: boolean;
}

export function wordingOf(tools: ToolNames, { json = false }: PromptForm = {}): Wording {
  return json ? jsonWording(tools) : markedWording(tools);
}

function instruction(kind: AnswerKind, tools: ToolNames, style: EvidenceStyle, form: PromptForm): string {
  const { localSearch, onlyNew } = form.parts ?? allParts;
  const { call, end, never } = wordingOf(tools, form).rules(kind);
  const described = [
    `1. ${tools.global}(${tools.keywords}, target_size=16): searches the whole graph. ${tools.keywords} is a list of texts.`,
    `2. ${tools.local}(${tools.line}, ${tools.keywords}, target_size=16): searches near one pathway line that you have seen; ${tools.line} is its number.`,
  ].slice(0, localSearch ? 2 : 1);
  const rules = [
    `- ${call}`,
    ...(onlyNew ? ['- You are shown only lines that you have not seen before.'] : []),
    `- Search at least twice. ${end}`,
    ...(never ? [never] : []),
  ];
  return `You investigate a biology question on a graph of signalling and metabolic pathways. You see the graph only through ${localSearch ? 'two tools' : 'one tool'}.

${described.join('\n')}

${readings[style].instruction}

Rules:
${rules.join('\n')}`;
}

const exampleQuestion = 'Does loss of GAL80 switch on GAL1 in yeast cells that have no galactose?';
const firstLines: ExampleLine[] = [
  { line: 'GAL80: GAL80 | GAL4: GAL4 | PPrel inhibition | galactose switch', statement: 'GAL80 lowers GAL4' },
  { line: 'GAL3: GAL3 | GAL80: GAL80 | PPrel inhibition | galactose switch', statement: 'GAL3 lowers GAL80' },
  {
    line: 'galactose: galactose | GAL3: GAL3 | PCrel activation | galactose switch',
    statement: 'galactose raises GAL3',
  },
];
const nextLines: ExampleLine[] = [
  {
    line: 'GAL4: GAL4 | GAL1: galactokinase GAL1 | GErel expression | galactose switch',
    statement: 'GAL4 raises GAL1',
  },
  { line: 'MIG1: MIG1 | GAL4: GAL4 | GErel repression | glucose repression', statement: 'MIG1 lowers GAL4' },
];

/** A finished investigation in yeast: its facts answer no question about human pathways. */
function example(kind: AnswerKind, tools: ToolNames, style: EvidenceStyle, form: PromptForm): Message[] {
  const wording = wordingOf(tools, form);
  const verdict =
    kind === 'judge' ? 'Yes' : 'GAL80 holds GAL4 back (line 0); without it GAL4 expresses GAL1 (line 3).';
  const task = `${instruction(kind, tools, style, form)}\n\nHere is an example.\nQuestion: ${exampleQuestion}`;
  return [
    { role: 'user', content: task },
    wording.call('I search the graph with the question.', { keywords: [exampleQuestion] }),
    { role: 'user', content: exampleLines(firstLines, style) },
    form.parts?.localSearch === false
      ? wording.call('GAL80 acts on GAL4. I search for what GAL4 does.', { keywords: ['GAL4', 'GAL1'] })
      : wording.call('GAL80 acts on GAL4. I look near line 0 for what GAL4 does.', {
          line: 0,
          keywords: [exampleQuestion],
        }),
    { role: 'user', content: exampleLines(nextLines, style, firstLines.length) },
    wording.answer('GAL80 inhibits GAL4 and GAL4 expresses GAL1.', verdict),
  ];
}

/** The move that we make in the model's place before it speaks: a global search on the question itself. */
export function givenMove(question: string, tools: ToolNames, form: PromptForm = {}): Message {
  return wordingOf(tools, form).call('I search the graph with the question.', { keywords: [question] });
}

/** Instruction, one worked example and the task; the part before the question is the same for all questions. */
export function openingMessages(
  { text, kind }: Question,
  tools: ToolNames,
  style: EvidenceStyle,
  form: PromptForm = {},
): Message[] {
  const task = `${END_NOTICE}\n\n=====\nNow a new task under the same rules.\nQuestion: ${text}`;
  return [...example(kind, tools, style, form), { role: 'user', content: task }];
}
