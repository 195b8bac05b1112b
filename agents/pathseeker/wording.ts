import type { Message } from '../../src/run.ts';
import type { AnswerKind } from '../question.ts';
import type { ToolNames } from './prompts.ts';

/** A search as the prompts show it: near a line where one is given, else over the whole graph. */
export interface ShownCall {
  line?: number;
  keywords: readonly string[];
}

/** How turns are written: as the paper's marked text, or as JSON under a schema. */
export interface Wording {
  /** The rules about one turn, as lines of the instruction. */
  rules(kind: AnswerKind): { call: string; end: string; never: string };
  call(thought: string, call: ShownCall): Message;
  answer(thought: string, answer: string): Message;
}

/** `Thought: … Action: search_global(["…"]) End Action`, or `Answer:`; spec §3.1. */
export function markedWording(tools: ToolNames): Wording {
  const written = ({ line, keywords }: ShownCall) =>
    line === undefined
      ? `${tools.global}(${listOf(keywords)})`
      : `${tools.local}(${line}, ${listOf(keywords)})`;
  const after: Record<AnswerKind, string> = {
    judge: 'After "Answer:" write only Yes or No.',
    open: 'After "Answer:" write what you found.',
  };
  return {
    rules: (kind) => ({
      call: `Make one call a turn. A short thought may come first. Write the call as\nAction:\n${tools.global}(["…"])\nEnd Action`,
      end: `When the lines explain the answer, end with "Answer:" in place of an action. ${after[kind]}`,
      never: '- Never write "Action:" and "Answer:" in one turn.',
    }),
    call: (thought, call) => said(`Thought: ${thought}\nAction:\n${written(call)}\nEnd Action`),
    answer: (thought, answer) => said(`Thought: ${thought}\nAnswer: ${answer}`),
  };
}

/** One JSON object a turn, as `moveSchema` has it. */
export function jsonWording(tools: ToolNames): Wording {
  const written = ({ line, keywords }: ShownCall) =>
    line === undefined ? { name: tools.global, keywords } : { name: tools.local, line, keywords };
  const what: Record<AnswerKind, string> = { judge: 'Yes or No', open: 'what you found' };
  const turn = (thought: string, move: object) => said(JSON.stringify({ thought, move }));
  return {
    rules: (kind) => ({
      call: `Make one call a turn. Write one JSON object, a short thought and the move:\n{"thought":"…","move":{"name":"${tools.global}","keywords":["…"]}}`,
      end: `When the lines explain the answer, end with the move {"name":"answer","answer":"…"}; the answer is ${what[kind]}.`,
      never: '',
    }),
    call: (thought, call) => turn(thought, written(call)),
    answer: (thought, answer) => turn(thought, { name: 'answer', answer }),
  };
}

/** `["a", "b"]` in the quotes of JSON. */
function listOf(keywords: readonly string[]): string {
  return `[${keywords.map((keyword) => JSON.stringify(keyword)).join(', ')}]`;
}

function said(content: string): Message {
  return { role: 'assistant', content };
}
