import { z } from 'zod';
import { ConversationRefusedError } from '../engine/chat-template.ts';
import {
  QueueFullError,
  QueueTimeoutError,
  RequestTimeoutError,
  StoppingError,
  TooLargeError,
} from './scheduling/refusals.ts';

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

export type ErrorStatus = 400 | 401 | 404 | 413 | 429 | 500 | 503 | 504;

const types: Record<ErrorStatus, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  413: 'invalid_request_error',
  429: 'rate_limit_exceeded',
  500: 'server_error',
  503: 'server_error',
  504: 'server_error',
};

/** An answer that is an error object. */
export class ApiError extends Error {
  readonly status: ErrorStatus;
  readonly code: string | null;
  readonly param: string | null;
  /** When it is worth another try; undefined where it is not known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: ErrorStatus,
    message: string,
    details: { code?: string; param?: string; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.status = status;
    this.code = details.code ?? null;
    this.param = details.param ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds;
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
  if (error instanceof QueueTimeoutError) return busy(503, 'queue_timeout', error);
  if (error instanceof QueueFullError) return busy(429, 'rate_limit_exceeded', error);
  if (error instanceof RequestTimeoutError) {
    return new ApiError(504, `The request took too long: ${error.message}.`, { code: 'request_timeout' });
  }
  if (error instanceof StoppingError) {
    return new ApiError(503, 'The endpoint is stopping.', { code: 'stopping', retryAfterSeconds: 1 });
  }
  if (error instanceof TooLargeError) {
    return new ApiError(400, `The request needs more memory than there is: ${error.message}.`, {
      code: 'context_length_exceeded',
    });
  }
  if (error instanceof ConversationRefusedError)
    return badRequest(error.message, 'messages', 'invalid_messages');
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, `The model could not answer: ${message}`, { cause: error });
}

function busy(status: 429 | 503, code: string, { message, retryAfterSeconds }: QueueFullError): ApiError {
  const text = `The endpoint is busy: ${message}. Try again in ${retryAfterSeconds} s.`;
  return new ApiError(status, text, { code, retryAfterSeconds });
}
