import type { Message } from '../../src/run.ts';
import type { AnswerKind, Question } from '../question.ts';
import { type EvidenceStyle, type ExampleLine, exampleLines } from './evidence-style.ts';

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

const answerRule: Record<AnswerKind, string> = {
  judge: 'After "Answer:" write only Yes or No.',
  open: 'After "Answer:" write what you found.',
};

const reading: Record<EvidenceStyle, string> = {
  lines: 'A pathway line reads HEAD | TAIL | RELATION | PROCESS: the head acts on the tail.',
  statements: 'A pathway line says what raises or lowers what.',
};

function instruction(kind: AnswerKind, tools: ToolNames, style: EvidenceStyle): string {
  return `You investigate a biology question on a graph of signalling and metabolic pathways. You see the graph only through two tools.

1. ${tools.global}(${tools.keywords}, target_size=16): searches the whole graph. ${tools.keywords} is a list of texts.
2. ${tools.local}(${tools.line}, ${tools.keywords}, target_size=16): searches near one pathway line that you have seen; ${tools.line} is its number.

${reading[style]}

Rules:
- Make one call a turn. A short thought may come first. Write the call as
Action:
${tools.global}(["…"])
End Action
- You are shown only lines that you have not seen before.
- Search at least twice. When the lines explain the answer, end with "Answer:" in place of an action. ${answerRule[kind]}
- Never write "Action:" and "Answer:" in one turn.`;
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
function example(kind: AnswerKind, tools: ToolNames, style: EvidenceStyle): Message[] {
  const verdict =
    kind === 'judge' ? 'Yes' : 'GAL80 holds GAL4 back (line 0); without it GAL4 expresses GAL1 (line 3).';
  const task = `${instruction(kind, tools, style)}\n\nHere is an example.\nQuestion: ${exampleQuestion}`;
  return [
    { role: 'user', content: task },
    assistantCall('I search the graph with the question.', givenCall(exampleQuestion, tools)),
    { role: 'user', content: exampleLines(firstLines, style) },
    assistantCall(
      'GAL80 acts on GAL4. I look near line 0 for what GAL4 does.',
      `${tools.local}(0, [${JSON.stringify(exampleQuestion)}])`,
    ),
    { role: 'user', content: exampleLines(nextLines, style, firstLines.length) },
    {
      role: 'assistant',
      content: `Thought: GAL80 inhibits GAL4 and GAL4 expresses GAL1.\nAnswer: ${verdict}`,
    },
  ];
}

function assistantCall(thought: string, call: string): Message {
  return { role: 'assistant', content: `Thought: ${thought}\nAction:\n${call}\nEnd Action` };
}

/** A global search on the question itself, as a model would write it. */
export function givenCall(question: string, tools: ToolNames): string {
  return `${tools.global}([${JSON.stringify(question)}])`;
}

/** The move that we make in the model's place before it speaks. */
export function givenMove(question: string, tools: ToolNames): Message {
  return assistantCall('I search the graph with the question.', givenCall(question, tools));
}

/** Instruction, one worked example and the task; the part before the question is the same for all questions. */
export function openingMessages({ text, kind }: Question, tools: ToolNames, style: EvidenceStyle): Message[] {
  const task = `${END_NOTICE}\n\n=====\nNow a new task under the same rules.\nQuestion: ${text}`;
  return [...example(kind, tools, style), { role: 'user', content: task }];
}
