import { PairingHeaps } from './pairing-heaps.ts';
import type { PcstProblem } from './pcst.ts';
import { TimeQueue } from './time-queue.ts';

/** Relative slack under which an edge counts as tight; the reference's value. */
const tolerance = 1e-6;

/**
 * Goemans and Williamson's moat growing: every node's cluster grows a moat until its prize is spent, and clusters
 * whose moats meet become one, in the near-linear form of Hegde, Indyk and Schmidt (2015). Every tie falls as in their
 * `pcst_fast`: deaths before edges, then the lowest cluster. A node without prize dies at time 0, so its heap of edges
 * is built only when a moat reaches it: the cost follows the region reached, not the graph.
 */
export class MoatGrowth {
  readonly #heaps: PairingHeaps;
  readonly #deaths: TimeQueue;
  readonly #edgeEvents: TimeQueue;

  // By edge side. The reach is how far its moats go along the edge at its next event.
  readonly #reach: Float64Array;
  readonly #sideDone: Uint8Array;
  // By cluster; the nodes come first, merged ones follow.
  readonly #heapRoot: Int32Array;
  readonly active: Uint8Array;
  readonly #start: Float64Array;
  readonly #end: Float64Array;
  readonly #moat: Float64Array;
  readonly #innerMoats: Float64Array;
  readonly #prizeSum: Float64Array;
  readonly mergedInto: Int32Array;
  readonly #skipTo: Int32Array;
  readonly #skipSum: Float64Array;
  readonly firstChild: Int32Array;
  readonly secondChild: Int32Array;
  // By node.
  readonly #heapBuilt: Uint8Array;
  // By merge, in order: the edge, and for a merge with a dead cluster that cluster and the side that was active.
  readonly mergeEdge: Int32Array;
  readonly mergeDeadCluster: Int32Array;
  readonly mergeActiveSide: Int32Array;
  readonly #stack: Int32Array;
  readonly #stackSum: Float64Array;

  #problem!: PcstProblem;
  #now = 0;
  #activeCount = 0;
  clusterCount = 0;
  mergeCount = 0;
  // Results of #measure, which is called twice an event and must not allocate.
  #sum = 0;
  #finished = 0;

  constructor(nodeCapacity: number, edgeCapacity: number) {
    const [nodes, clusters, sides] = [nodeCapacity, 2 * nodeCapacity, 2 * edgeCapacity];
    this.#heaps = new PairingHeaps(sides);
    this.#deaths = new TimeQueue(clusters);
    this.#edgeEvents = new TimeQueue(clusters);
    this.#reach = new Float64Array(sides);
    this.#sideDone = new Uint8Array(sides);
    this.#heapRoot = new Int32Array(clusters);
    this.active = new Uint8Array(clusters);
    this.#start = new Float64Array(clusters);
    this.#end = new Float64Array(clusters);
    this.#moat = new Float64Array(clusters);
    this.#innerMoats = new Float64Array(clusters);
    this.#prizeSum = new Float64Array(clusters);
    this.mergedInto = new Int32Array(clusters);
    this.#skipTo = new Int32Array(clusters);
    this.#skipSum = new Float64Array(clusters);
    this.firstChild = new Int32Array(clusters);
    this.secondChild = new Int32Array(clusters);
    this.#heapBuilt = new Uint8Array(nodes);
    this.mergeEdge = new Int32Array(nodes);
    this.mergeDeadCluster = new Int32Array(nodes);
    this.mergeActiveSide = new Int32Array(nodes);
    this.#stack = new Int32Array(clusters);
    this.#stackSum = new Float64Array(clusters);
  }

  /** Grows until at most `treeCount` clusters are active. The fields tell how they came about, until the next run. */
  run(problem: PcstProblem, treeCount: number): void {
    this.#problem = problem;
    this.#begin(treeCount);
    this.#grow(treeCount);
  }

  #begin(treeCount: number): void {
    const { nodeCount, edgeCount, prizes } = this.#problem;
    this.#now = 0;
    this.mergeCount = 0;
    this.clusterCount = 0;
    this.#activeCount = nodeCount;
    this.#deaths.clear();
    this.#edgeEvents.clear();
    this.#sideDone.fill(0, 0, 2 * edgeCount);
    this.#heapBuilt.fill(0, 0, nodeCount);
    for (let node = 0; node < nodeCount; node++) this.#addCluster(0, prizes[node] as number, 0);
    for (let node = 0; node < nodeCount; node++) {
      if ((prizes[node] as number) === 0 && this.#activeCount > treeCount) this.#die(node, 0);
    }
    if (this.#activeCount <= treeCount) return;
    for (let node = 0; node < nodeCount; node++) {
      if (!this.active[node]) continue;
      this.#deaths.insert(node, prizes[node] as number);
      this.#buildHeap(node);
      this.#queueEdgeEvent(node);
    }
  }

  #grow(treeCount: number): void {
    while (this.#activeCount > treeCount) {
      const deathTime = this.#deaths.firstTime();
      if (this.#edgeEvents.firstTime() < deathTime) {
        this.#now = this.#edgeEvents.firstTime();
        this.#onEdgeEvent(this.#edgeEvents.first());
      } else {
        this.#now = deathTime;
        const cluster = this.#deaths.first();
        this.#deaths.remove(cluster);
        this.#unqueueEdgeEvent(cluster);
        this.#die(cluster, deathTime);
      }
    }
  }

  #onEdgeEvent(cluster: number): void {
    const side = this.#heapRoot[cluster] as number;
    this.#unqueueEdgeEvent(cluster);
    this.#heapRoot[cluster] = this.#heaps.deleteMin(side);
    this.#queueEdgeEvent(cluster);
    if (this.#sideDone[side]) return;

    const otherSide = side ^ 1;
    const cost = this.#problem.costs[side >> 1] as number;
    this.#measure(side);
    const sum = this.#sum;
    const other = this.#measure(otherSide);
    const otherSum = this.#sum;
    const remainder = cost - sum - otherSum;
    if (other === cluster) this.#sideDone[otherSide] = 1;
    else if (remainder < tolerance * cost || remainder === 0) this.#merge(cluster, other, side, remainder);
    else if (this.active[other]) this.#meetHalfway(cluster, other, side, sum, otherSum, remainder);
    else this.#waitForDead(cluster, other, side, cost, remainder);
  }

  /** Both moats still grow: both sides' next event is where they meet. */
  #meetHalfway(
    cluster: number,
    other: number,
    side: number,
    sum: number,
    otherSum: number,
    remainder: number,
  ): void {
    const otherSide = side ^ 1;
    const time = this.#now + remainder / 2;
    this.#reach[side] = sum + remainder / 2;
    this.#insertSide(cluster, side, time);

    const from = (this.#start[other] as number) + (this.#reach[otherSide] as number) - this.#finished;
    this.#unqueueEdgeEvent(other);
    this.#heapRoot[other] = this.#heaps.decreaseKey(this.#heapRoot[other] as number, otherSide, from, time);
    this.#queueEdgeEvent(other);
    this.#reach[otherSide] = otherSum + remainder / 2;
  }

  /** The other moat stands still: this side must come all the way. */
  #waitForDead(cluster: number, other: number, side: number, cost: number, remainder: number): void {
    const otherSide = side ^ 1;
    this.#reach[side] = cost - this.#finished;
    this.#insertSide(cluster, side, this.#now + remainder);

    this.#buildHeap(other);
    const died = this.#end[other] as number;
    const from = died + (this.#reach[otherSide] as number) - this.#finished;
    this.#heapRoot[other] = this.#heaps.decreaseKey(this.#heapRoot[other] as number, otherSide, from, died);
    this.#reach[otherSide] = this.#finished;
  }

  #merge(cluster: number, other: number, side: number, remainder: number): void {
    const time = this.#now + remainder;
    const merge = this.mergeCount++;
    this.mergeEdge[merge] = side >> 1;
    this.mergeDeadCluster[merge] = -1;
    this.#sideDone[side ^ 1] = 1;

    this.#retire(cluster, time);
    if (this.active[other]) {
      this.#retire(other, time);
    } else {
      this.#buildHeap(other);
      this.#heaps.addToAll(this.#heapRoot[other] as number, time - (this.#end[other] as number));
      this.mergeDeadCluster[merge] = other;
      this.mergeActiveSide[merge] = side;
    }
    const prize = (this.#prizeSum[cluster] as number) + (this.#prizeSum[other] as number);
    // Added in this order because the last bit decides ties.
    const inner =
      (this.#innerMoats[cluster] as number) +
      (this.#innerMoats[other] as number) +
      (this.#moat[cluster] as number) +
      (this.#moat[other] as number);
    const merged = this.#addCluster(time, prize, inner);
    this.firstChild[merged] = cluster;
    this.secondChild[merged] = other;
    this.mergedInto[cluster] = merged;
    this.mergedInto[other] = merged;
    this.#heapRoot[merged] = this.#heaps.meld(
      this.#heapRoot[cluster] as number,
      this.#heapRoot[other] as number,
    );
    this.#activeCount++;
    this.#deaths.insert(merged, time + prize - inner);
    this.#queueEdgeEvent(merged);
  }

  #addCluster(time: number, prize: number, inner: number): number {
    const cluster = this.clusterCount++;
    this.#heapRoot[cluster] = -1;
    this.active[cluster] = 1;
    this.#start[cluster] = time;
    this.#moat[cluster] = 0;
    this.#innerMoats[cluster] = inner;
    this.#prizeSum[cluster] = prize;
    this.mergedInto[cluster] = -1;
    this.#skipTo[cluster] = -1;
    this.firstChild[cluster] = -1;
    return cluster;
  }

  #retire(cluster: number, time: number): void {
    this.#deaths.remove(cluster);
    this.#unqueueEdgeEvent(cluster);
    this.#die(cluster, time);
  }

  #die(cluster: number, time: number): void {
    this.active[cluster] = 0;
    this.#end[cluster] = time;
    this.#moat[cluster] = time - (this.#start[cluster] as number);
    this.#activeCount--;
  }

  #buildHeap(node: number): void {
    const { nodeCount, offsets, sides, costs } = this.#problem;
    if (node >= nodeCount || this.#heapBuilt[node]) return;
    this.#heapBuilt[node] = 1;
    let root = -1;
    for (let at = offsets[node] as number; at < (offsets[node + 1] as number); at++) {
      const side = sides[at] as number;
      const half = (costs[side >> 1] as number) / 2;
      this.#reach[side] = half;
      root = this.#heaps.insert(root, side, half);
    }
    this.#heapRoot[node] = root;
  }

  #insertSide(cluster: number, side: number, time: number): void {
    this.#unqueueEdgeEvent(cluster);
    this.#heapRoot[cluster] = this.#heaps.insert(this.#heapRoot[cluster] as number, side, time);
    this.#queueEdgeEvent(cluster);
  }

  #queueEdgeEvent(cluster: number): void {
    const root = this.#heapRoot[cluster] as number;
    if (root >= 0) this.#edgeEvents.insert(cluster, this.#heaps.key[root] as number);
  }

  #unqueueEdgeEvent(cluster: number): void {
    if ((this.#heapRoot[cluster] as number) >= 0) this.#edgeEvents.remove(cluster);
  }

  /**
   * Finds the outermost cluster around a side's node and adds up the moats on the way: `#sum` with what the outer
   * one has grown by now, `#finished` without that while it is active. Walked paths are shortened for next time.
   */
  #measure(side: number): number {
    const edge = side >> 1;
    const { heads, tails } = this.#problem;
    let cluster = ((side & 1) === 0 ? heads[edge] : tails[edge]) as number;
    let sum = 0;
    let depth = 0;
    while ((this.mergedInto[cluster] as number) >= 0) {
      this.#stack[depth] = cluster;
      this.#stackSum[depth++] = sum;
      const skip = this.#skipTo[cluster] as number;
      sum += (skip >= 0 ? this.#skipSum[cluster] : this.#moat[cluster]) as number;
      cluster = skip >= 0 ? skip : (this.mergedInto[cluster] as number);
    }
    for (let i = 0; i < depth; i++) {
      const walked = this.#stack[i] as number;
      this.#skipTo[walked] = cluster;
      this.#skipSum[walked] = sum - (this.#stackSum[i] as number);
    }
    if (this.active[cluster]) {
      this.#finished = sum;
      this.#sum = sum + (this.#now - (this.#start[cluster] as number));
    } else {
      this.#sum = sum + (this.#moat[cluster] as number);
      this.#finished = this.#sum;
    }
    return cluster;
  }
}
