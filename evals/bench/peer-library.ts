/** The part of node-llama-cpp's API that is used here. */
export interface PeerLibrary {
  getLlama(options: {
    gpu: false;
    build: 'never';
    maxThreads: number;
    logLevel: 'error' | 'disabled';
  }): Promise<Llama>;
}
export interface Llama {
  loadModel(options: { modelPath: string; vocabOnly: boolean }): Promise<LlamaModel>;
  dispose(): Promise<void>;
}
export interface LlamaModel {
  tokenize(text: string): number[];
  createContext(options: {
    sequences: number;
    /** Of each sequence. */
    contextSize: number;
    threads: { ideal: number; min: number };
    flashAttention: boolean;
    batchSize: number;
    experimentalKvCacheKeyType?: LlamaKvType;
    experimentalKvCacheValueType?: LlamaKvType;
  }): Promise<LlamaContext>;
}
export type LlamaKvType = 'F16' | 'Q8_0' | 'Q4_0';
export interface LlamaContext {
  getSequence(): LlamaSequence;
  dispose(): Promise<void>;
}
export interface LlamaSequence {
  readonly nextTokenIndex: number;
  clearHistory(): Promise<void>;
  eraseContextTokenRanges(ranges: { start: number; end: number }[]): Promise<void>;
  saveStateToFile(file: string): Promise<unknown>;
  loadStateFromFile(file: string, accept: { acceptRisk: true }): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  evaluate(
    tokens: readonly number[],
    options: { temperature: number; yieldEogToken: boolean },
  ): AsyncGenerator<number>;
  controlledEvaluate(input: readonly ControlledItem[]): Promise<({ next: ControlledNext } | undefined)[]>;
}
export type ControlledItem = [
  token: number,
  options: {
    generateNext: {
      logits: { filter: { tokens: readonly number[]; includeTop: number } };
      totalLogitWeight: boolean;
    };
  },
];
export interface ControlledNext {
  logits: Map<number, number>;
  totalLogitWeight: number;
}
