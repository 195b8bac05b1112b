import type { CompiledRule, State } from './automaton.ts';
import type { TokenLevel } from './token-outlook.ts';

/**
 * One reading of the text so far: a state, and below it the states that its callers go on with. Equal stacks are one
 * object, so that a configuration is known by its positions' ids.
 */
export class Position {
  readonly id: number;
  /** Undefined: the bottom, where the outermost rule is done. */
  readonly state: State | undefined;
  readonly below: Position | undefined;
  readonly space: Space;
  /** Tokens to the end, at most. */
  readonly cost: number;
  #above: Map<State, Position> | undefined;
  #entered: Configuration | undefined;

  constructor(space: Space, state?: State, below?: Position) {
    this.id = space.newId();
    this.space = space;
    this.state = state;
    this.below = below;
    this.cost = state && below ? state.distance + below.cost : 0;
  }

  /** The position of `state` whose end goes on here. */
  with(state: State): Position {
    this.#above ??= new Map();
    const known = this.#above.get(state);
    if (known) return known;
    const position = new Position(this.space, state, this);
    this.#above.set(state, position);
    return position;
  }

  /** What can come from here, calls and returns followed. */
  get entered(): Configuration {
    this.#entered ??= this.space.configuration([this]);
    return this.#entered;
  }
}

/**
 * At most so many readings are followed at once, those that end soonest. A grammar so ambiguous loses texts, never
 * correctness.
 */
const MOST_POSITIONS = 48;
/** From so many next bytes on, a dense table of them pays. */
const WIDE = 16;

/** All readings of the text so far that can go on, and whether one of them is complete. */
export class Configuration {
  readonly positions: readonly Position[];
  readonly isComplete: boolean;
  /** Tokens to the nearest end, at most. */
  readonly cost: number;
  readonly space: Space;
  /** Found and kept by `nextTokens`. */
  nextTokens: readonly TokenLevel[] | undefined;
  readonly #next: {
    get(byte: number): Configuration | null | undefined;
    set(byte: number, to: Configuration | null): void;
  };

  constructor(space: Space, positions: readonly Position[], isComplete: boolean) {
    this.space = space;
    this.positions = positions;
    this.isComplete = isComplete;
    this.cost = isComplete ? 0 : Math.min(...positions.map(({ cost }) => cost));
    let width = 0;
    for (const { state } of positions) for (const { first, last } of state!.edges) width += last - first + 1;
    this.#next = width >= WIDE ? new DenseTable() : new Map();
  }

  /** The configuration after one more byte; null where no text goes on so. */
  step(byte: number): Configuration | null {
    const known = this.#next.get(byte);
    if (known !== undefined) return known;
    const reached: Position[] = [];
    for (const { state, below } of this.positions) {
      for (const { first, last, to } of state!.edges) {
        if (byte >= first && byte <= last) reached.push(below!.with(to));
      }
    }
    const next = reached.length === 0 ? null : this.space.configuration(reached);
    this.#next.set(byte, next);
    return next;
  }

  /** The only byte that can come next, or undefined where there is a choice or an end. */
  get onlyByte(): number | undefined {
    if (this.isComplete) return undefined;
    let only: number | undefined;
    for (const { state } of this.positions) {
      for (const { first, last } of state!.edges) {
        if (first !== last || (only !== undefined && only !== first)) return undefined;
        only = first;
      }
    }
    return only;
  }
}

class DenseTable {
  readonly #entries: (Configuration | null | undefined)[] = new Array(256).fill(undefined);

  get(byte: number): Configuration | null | undefined {
    return this.#entries[byte];
  }

  set(byte: number, to: Configuration | null): void {
    this.#entries[byte] = to;
  }
}

/** The positions and configurations above one bottom, each kept once. */
export class Space {
  readonly #configurations = new Map<string, Configuration>();
  #positions = 0;
  readonly bottom = new Position(this);

  /** Positions made so far: what the space holds in memory. */
  get size(): number {
    return this.#positions;
  }

  newId(): number {
    return this.#positions++;
  }

  /** Where a rule begins. */
  begin(rule: CompiledRule): Configuration {
    return this.configuration([this.bottom.with(rule.start)]);
  }

  /** The positions with all that is reached from them for nothing. */
  configuration(seeds: readonly Position[]): Configuration {
    const seen = new Set(seeds);
    for (const position of seen) follow(position, seen);
    const reading = [...seen].filter(({ state, cost }) => state && state.edges.length > 0 && cost < Infinity);
    if (reading.length > MOST_POSITIONS) {
      reading.sort((a, b) => a.cost - b.cost || a.id - b.id).length = MOST_POSITIONS;
    }
    return this.#intern(reading, seen.has(this.bottom));
  }

  /** One position as it is: calls and returns not followed. */
  exactly(position: Position): Configuration {
    return this.#intern([position], false);
  }

  #intern(positions: Position[], isComplete: boolean): Configuration {
    positions.sort((a, b) => a.id - b.id);
    const key = `${isComplete ? '.' : ''}${positions.map(({ id }) => id).join()}`;
    let known = this.#configurations.get(key);
    if (!known) {
      known = new Configuration(this, positions, isComplete);
      this.#configurations.set(key, known);
    }
    return known;
  }
}

/** Adds where this position leads without a byte: into the rules that it calls, and back where its rule may end. */
function follow({ state, below }: Position, into: Set<Position>): void {
  if (!state || !below) return;
  for (const { rule, to } of state.calls) into.add((to.isLast ? below : below.with(to)).with(rule.start));
  if (state.accepts) into.add(below);
}
