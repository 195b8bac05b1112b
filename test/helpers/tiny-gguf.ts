export * from '../../evals/bench/tiny-gguf.ts';
