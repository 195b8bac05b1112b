export * from '../../evals/bench/encode-gguf.ts';
