import { PathactError } from '../../errors.ts';

/** A constraint that cannot be followed: unsupported, contradictory, without end or too large. The message is for the client. */
export class ConstraintError extends PathactError {}
