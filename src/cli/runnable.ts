/** `general.architecture` of the model files that our engine runs. */
export const runnableArchitectures: readonly string[] = ['llama', 'qwen2'];
