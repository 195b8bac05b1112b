import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { MissingError } from '../../src/errors.ts';

/**
 * The Python stack that the paper's code stands on, at the versions that all our figures name. NumPy 1, since the wheel
 * of pcst_fast gives one number repeated for every node and edge under NumPy 2.
 */
export const graphPeer = {
  name: 'scikit-learn + networkx + pcst_fast',
  packages: ['scikit-learn==1.5.2', 'networkx==3.6.1', 'pcst_fast==1.0.10', 'numpy==1.26.4', 'scipy==1.13.1'],
} as const;

/** Where `bench setup graph` makes its virtual environment. */
export const graphPeerFolder = (benchFolder: string) => join(benchFolder, 'graph-peer-1');

export const graphPeerPython = (benchFolder: string) =>
  join(graphPeerFolder(benchFolder), process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

export interface PeerProblem {
  edges: (readonly [number, number])[];
  prizes: number[];
  costs: number[];
  clusters: number;
}

const loadedSchema = z.object({ ms: z.number(), nodes: z.number(), edges: z.number() });
const searchedSchema = z.object({ ms: z.number(), edges: z.array(z.number()) });
const solvedSchema = z.object({ ms: z.number(), nodes: z.array(z.number()), edges: z.array(z.number()) });
export type PeerSolution = z.infer<typeof solvedSchema>;

/**
 * The reference stack in a child process, one request after the other. Its times are its own, without what passes
 * between the processes.
 */
export class GraphPeer {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #answers: AsyncIterator<string>;
  #complaint = '';

  constructor(python: string, signal?: AbortSignal) {
    const script = fileURLToPath(new URL('graph-peer.py', import.meta.url));
    this.#child = spawn(python, ['-I', script], {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    this.#child.stderr.setEncoding('utf8');
    this.#child.stderr.on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-2000);
    });
    // A death shows as an answer that does not come.
    this.#child.on('error', (error) => {
      this.#complaint = error.message;
    });
    this.#child.stdin.on('error', () => {});
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  load(graphml: string, documents: string): Promise<z.infer<typeof loadedSchema>> {
    return this.#ask({ ask: 'load', graphml, documents }, loadedSchema);
  }

  /** The edges of a global search, by number. */
  search(query: string, size: number, tuned: boolean): Promise<z.infer<typeof searchedSchema>> {
    return this.#ask({ ask: 'search', query, size, tuned }, searchedSchema);
  }

  /** Its `ms` is the median of `repeats` solves. */
  solve(problem: PeerProblem, repeats: number): Promise<PeerSolution> {
    return this.#ask({ ask: 'solve', ...problem, repeats }, solvedSchema);
  }

  async solveAll(problems: readonly PeerProblem[]): Promise<PeerSolution[]> {
    const { solved } = await this.#ask(
      { ask: 'solve_all', problems },
      z.object({ solved: z.array(solvedSchema) }),
    );
    return solved;
  }

  close(): void {
    this.#child.stdin.end();
  }

  async #ask<T>(request: object, schema: z.ZodType<T>): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) {
      throw new MissingError(
        `the peer ended without an answer: ${this.#complaint.trim().split('\n').at(-1)}`,
        {
          hint: 'Set it up again with `pathact bench setup graph`.',
        },
      );
    }
    return schema.parse(JSON.parse(value));
  }
}

/** Starts the peer. Throws `MissingError` naming the setup command where it is not installed. */
export function startGraphPeer(benchFolder: string, signal?: AbortSignal): GraphPeer {
  const python = graphPeerPython(benchFolder);
  if (!existsSync(python)) throw missingGraphPeer();
  return new GraphPeer(python, signal);
}

export function missingGraphPeer(): MissingError {
  return new MissingError(`the peer (${graphPeer.name}) is not installed`, {
    hint: 'Get it with `pathact bench setup graph`.',
  });
}
