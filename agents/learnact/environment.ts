import type { PrimitiveRecord } from '../../src/episode.ts';

/** A primitive action as Python sees it: a function whose arguments are strings. */
export interface Primitive {
  readonly name: string;
  readonly parameters: readonly string[];
  /** The command that the environment understands. */
  command(args: readonly string[]): string;
}

/** What a primitive action brought; `won` once every part of the goal holds. */
export interface StepResult extends PrimitiveRecord {
  won: boolean;
}

/** A text world during one episode. Nothing is shared between two of them. */
export interface Environment {
  /** What to reach, in words. */
  readonly goal: string;
  /** What is seen before the first action. */
  readonly firstObservation: string;
  readonly primitives: readonly Primitive[];
  /** Never throws for what a model may write: a command that is not understood is `invalid`. */
  step(command: string): StepResult;
  /** The state as it is now, to come back to after a turn that failed midway. */
  snapshot(): () => void;
}

/** A task of a text world that can be played any number of times. */
export interface WorldTask {
  /** Stable between loads. */
  readonly id: string;
  /** Of its kind, e.g. `gripper`; tasks of one kind share instruction and learned actions. */
  readonly domain: string;
  open(): Environment;
}

/** What the agent is told of a domain: written by us, one a domain. */
export interface WorldInstruction {
  /** Rules and primitive signatures. */
  readonly rules: string;
  /** One trajectory of primitive actions, from goal to success. */
  readonly example: string;
  /** For the learner: a call of one primitive action, and an action of several with a line of its use. */
  readonly primitiveExample: string;
  readonly actionExample: string;
  /** For the learner: one repair of each kind (function rewritten, note added). */
  readonly updateExample: string;
  readonly noteExample: string;
  /** For the Reflexion baselines: a lesson drawn from a failed episode. */
  readonly lessonExample: string;
  /** For CodeAsPolicy: a goal and the whole program that reaches it. */
  readonly programExample: string;
}
