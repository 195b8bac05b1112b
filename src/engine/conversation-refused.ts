import { PathactError } from '../errors.ts';

/** The template does not take this conversation, e.g. because roles must alternate. */
export class ConversationRefusedError extends PathactError {}
