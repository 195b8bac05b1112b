import type { z } from 'zod';

/** Where untrusted Python runs. `unsafe-none` is a plain child process and must be asked for by name. */
export const sandboxTiers = ['bubblewrap', 'pyodide', 'unsafe-none'] as const;
export type SandboxTier = (typeof sandboxTiers)[number];

/** Anything JSON can say. */
export type JsonValue = z.core.util.JSONType;

/** What one program may use; each limit has its own ending. */
export interface SandboxLimits {
  timeoutMs: number;
  memoryBytes: number;
  /** Bytes it may print, and bytes of the value it may return. */
  outputBytes: number;
  /** Calls of host functions. */
  hostCalls: number;
}

/** A function of ours that the program may call by name, with JSON arguments; the program waits for its value. */
export type HostFunctions = Readonly<Record<string, (...args: JsonValue[]) => JsonValue>>;

export interface SandboxProgram {
  /** Statements run in a fresh namespace. The value of a last expression statement is what is returned. */
  source: string;
  host: HostFunctions;
  signal: AbortSignal;
  limits?: Partial<SandboxLimits>;
}

interface Ended {
  /** What was printed, cut at the limit. */
  output: string;
  hostCalls: number;
  ms: number;
}

/**
 * Every way a program can end. `error` is the class of the exception and `message` a sentence of ours, never the
 * interpreter's own text, so that a transcript does not depend on the tier; `line` counts in `source` from 1, and is
 * null where no line of it was running.
 */
export type SandboxResult =
  | (Ended & { kind: 'returned'; value: JsonValue })
  | (Ended & { kind: 'raised'; error: string; line: number | null; message: string })
  /** The static check refused it; nothing ran. */
  | (Ended & { kind: 'refused'; line: number | null; message: string })
  | (Ended & { kind: 'timed-out'; afterMs: number })
  | (Ended & { kind: 'out-of-memory' })
  | (Ended & { kind: 'too-much-output' })
  | (Ended & { kind: 'too-many-host-calls' })
  /** The worker said something that is no frame of ours, or ended without a word. */
  | (Ended & { kind: 'protocol-violation'; message: string });

/** Runs untrusted Python, one program at a time a worker, nothing shared between two programs. */
export interface Sandbox {
  readonly tier: SandboxTier;
  /** Throws the signal's reason on abort, `MissingError` where no worker can be started; all else is a result. */
  run(program: SandboxProgram): Promise<SandboxResult>;
  /** Ends all workers. */
  close(): Promise<void>;
}
