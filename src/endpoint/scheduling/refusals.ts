/** The queue is full; the client should come back later. */
export class QueueFullError extends Error {
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A request waited for its turn for as long as it may. */
export class QueueTimeoutError extends QueueFullError {}

/** A request took as long as it may. */
export class RequestTimeoutError extends Error {}

/** The endpoint is stopping and takes no more requests. */
export class StoppingError extends Error {}

/** Prompt and reply could not be held in memory, even alone. */
export class TooLargeError extends Error {}
