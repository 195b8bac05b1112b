/** Exit codes of every command; product charter §2. */
export const EXIT = { done: 0, failed: 1, usage: 2, missed: 3, missing: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorDetails {
  /** What the reader can do about it, as one sentence. */
  hint?: string;
  /** The error this one explains; its stack is the evidence. */
  cause?: unknown;
}

/** An ending the program expected and can explain. Only the outermost layer catches it. */
export class PathactError extends Error {
  readonly exitCode: ExitCode = EXIT.failed;
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
  }
}

/** Wrong flags, arguments or settings. */
export class UsageError extends PathactError {
  override readonly exitCode = EXIT.usage;
}

/** A model, data set or component that is not on this machine. The hint says how to get it. */
export class MissingError extends PathactError {
  override readonly exitCode = EXIT.missing;
}

/** A file whose content breaks its format. The message names the file and the place in it. */
export class MalformedFileError extends PathactError {}

/** No answer from the model endpoint: refused, unreachable or broken off. */
export class EndpointUnreachableError extends PathactError {}

/** The endpoint answered with an error of its own (OpenAI error object). */
export class EndpointError extends PathactError {
  readonly status: number;
  readonly code: string | undefined;

  constructor(message: string, status: number, code: string | undefined, details: ErrorDetails = {}) {
    super(message, details);
    this.status = status;
    this.code = code;
  }
}

/** The store of runs cannot be opened, read or written. What was committed before stays. */
export class StoreError extends PathactError {}

/** A score or limit that the user set and the run missed (exit 3). */
export class ThresholdMissedError extends PathactError {
  override readonly exitCode = EXIT.missed;
}

/** The user stopped it (exit 130). */
export class InterruptedError extends PathactError {
  override readonly exitCode = EXIT.interrupted;
}
