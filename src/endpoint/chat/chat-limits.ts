import type { ConstraintSpec } from '../../engine/constraint/constraint.ts';
import type { Tokenizer } from '../../engine/tokenizer.ts';
import { badRequest } from '../api-error.ts';
import type { AskedConstraint, ConstraintStore } from '../generation/constraint-store.ts';
import { DelayedLimit } from '../generation/delayed-limit.ts';
import type { TextRequest } from '../generation/text-service.ts';
import { ConstraintStart } from '../tools/constraint-start.ts';
import type { ToolConstraint, ToolFormat } from '../tools/tool-format.ts';
import type { ChatRequest } from './chat-service.ts';

/** What the reply to a chat may be: tool calls, a format, or either. */
export class ChatLimits {
  readonly #tokenizer: Tokenizer;
  readonly #constraints: ConstraintStore;

  constructor(tokenizer: Tokenizer, constraints: ConstraintStore) {
    this.#tokenizer = tokenizer;
    this.#constraints = constraints;
  }

  /** Undefined: free text. Throws `ApiError` where wishes contradict each other or cannot be had. */
  limitOf(request: ChatRequest, toolFormat: ToolFormat, inReasoning: boolean): TextRequest['limit'] {
    const asked = constraintOf(request, toolFormat);
    if (!asked) return undefined;
    const { constraint, param } = asked;
    const { trigger } = constraint;
    if (trigger === undefined && request.ignoreEos) {
      throw badRequest(`ignore_eos: contradicts ${param}, whose text has an end.`, 'ignore_eos');
    }
    const limit = this.#constraints.limit(constraint, param);
    const { reasoning } = toolFormat;
    const marker = trigger ?? (inReasoning ? reasoning?.close : undefined);
    if (marker === undefined) return limit;
    const isRequired = trigger === undefined;
    return () => {
      const start = new ConstraintStart(constraint, reasoning, inReasoning);
      return new DelayedLimit(this.#tokenizer, { start, marker, isRequired }, limit());
    };
  }
}

interface Asked {
  constraint: AskedConstraint & Pick<ToolConstraint, 'trigger' | 'atStart'>;
  /** The field that asks for it. */
  param: string;
}

/** A call that is required leaves no place for a format; where the model may call or answer, its answer has the format. */
function constraintOf(request: ChatRequest, toolFormat: ToolFormat): Asked | undefined {
  const { tools, toolChoice, parallelCalls, format } = request;
  const call = toolFormat.constraint(tools, toolChoice, parallelCalls);
  if (call && (call.trigger === undefined || !format)) return { constraint: call, param: 'tools' };
  if (!format) return undefined;
  const { spec, param } = format;
  if (!call) return { constraint: { spec }, param };
  const required = toolFormat.constraint(tools, 'required', parallelCalls);
  const either = (calls: ConstraintSpec): ConstraintSpec => ({ kind: 'any-of', options: [spec, calls] });
  return {
    constraint: {
      spec: either(required!.spec),
      fallback: required?.fallback && either(required.fallback),
    },
    param,
  };
}
