export * from '../../evals/bench/tiny-vocabulary.ts';
