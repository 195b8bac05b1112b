import pino from 'pino';

/** Structured log lines on stderr; results go to stdout. Keys and tokens are never written. */
export function createLogger(level: string): pino.Logger {
  const redact = { paths: ['apiKey', '*.apiKey', 'authorization', '*.authorization'], censor: '[hidden]' };
  return pino({ level, redact }, pino.destination(2));
}
export type Logger = pino.Logger;
