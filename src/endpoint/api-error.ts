import { z } from 'zod';
import { ConversationRefusedError } from '../engine/chat-template.ts';
import { QueueFullError, StoppingError } from './scheduler.ts';

/** OpenAI's error object. */
export const errorBodySchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;

export type ErrorStatus = 400 | 401 | 404 | 413 | 500 | 503;

const types: Record<ErrorStatus, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  413: 'invalid_request_error',
  500: 'server_error',
  503: 'server_error',
};

/** An answer that is an error object. */
export class ApiError extends Error {
  readonly status: ErrorStatus;
  readonly code: string | null;
  readonly param: string | null;

  constructor(
    status: ErrorStatus,
    message: string,
    details: { code?: string; param?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.status = status;
    this.code = details.code ?? null;
    this.param = details.param ?? null;
  }

  get body(): ErrorBody {
    const { message, status, param, code } = this;
    return { error: { message, type: types[status], param, code } };
  }
}

/** What a request does not get, and which of its fields is the reason. */
export function badRequest(message: string, param: string, code?: string): ApiError {
  return new ApiError(400, message, { param, ...(code !== undefined && { code }) });
}

/** Any thrown value as the error that the client sees. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof QueueFullError) {
    return new ApiError(503, `The endpoint is busy: ${error.message}. Try again in a moment.`, {
      code: 'queue_full',
    });
  }
  if (error instanceof StoppingError) {
    return new ApiError(503, 'The endpoint is stopping.', { code: 'stopping' });
  }
  if (error instanceof ConversationRefusedError)
    return badRequest(error.message, 'messages', 'invalid_messages');
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, `The model could not answer: ${message}`, { cause: error });
}
