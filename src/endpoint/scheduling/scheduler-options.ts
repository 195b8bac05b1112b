import type { BlockStoreOptions } from './block-store.ts';
import type { TimeLimits } from './follow-job.ts';

export interface SchedulerOptions extends TimeLimits {
  /** Requests computed at once, memory permitting. */
  slots: number;
  /** Requests that may wait for a slot. */
  queueLimit: number;
  /** Keys and values of running requests. Default: half of the memory that is free now. */
  kvBudgetBytes?: number | undefined;
  /** Keys and values kept for later requests; 0 for none. Default: a quarter of the free memory, at most 2 GiB. */
  prefixCacheBytes?: number | undefined;
  /** Whether replies are cached too. They may be where decoding gives the bits of a prefill. Default: true. */
  indexReplies?: boolean | undefined;
  /** Where the prefix cache goes on on disk. Default: nowhere. */
  diskCache?: BlockStoreOptions | undefined;
  /** The share of decoding steps over the low-bit copy that is computed in full as well. Default: 0. */
  auditRate?: number | undefined;
  /** Told when the disk cache cannot be written, keys and values were lost, or a step could not be audited. */
  onError?: ((error: unknown) => void) | undefined;
}
