import { readFileSync, statSync } from 'node:fs';
import { MissingError, PathactError, UsageError } from '../errors.ts';

/** Turn by turn: a role's name between two texts, the content, a text that ends the turn. */
function turns(open: string, middle: string, close: string, assistant = 'assistant'): string {
  const head = `'${open}' + (('${assistant}' if message.role == 'assistant' else message.role)) + '${middle}'`;
  return `{%- for message in messages %}{{- ${head} + message.content + '${close}' }}{%- endfor %}
{%- if add_generation_prompt %}{{- '${open}${assistant}${middle}' }}{%- endif %}`;
}

/** Gives the template's system turn to the first user turn, for models that were trained without system turns. */
const withoutSystem = (template: string) => `{%- set system = '' %}
{%- if messages and messages[0].role == 'system' %}{% set system = messages[0].content + '\\n\\n' %}{% set messages = messages[1:] %}{% endif %}
${template.replaceAll('message.content', "(system if loop.first else '') + message.content")}`;

/**
 * Templates for model files that bring none, by the names that `--chat-template` takes. They know messages alone;
 * tools are shown by the endpoint's built-in format.
 */
export const chatTemplates: Readonly<Record<string, string>> = {
  chatml: turns('<|im_start|>', '\\n', '<|im_end|>\\n'),
  llama3: `{{- bos_token }}${turns('<|start_header_id|>', '<|end_header_id|>\\n\\n', '<|eot_id|>')}`,
  gemma: `{{- bos_token }}${withoutSystem(turns('<start_of_turn>', '\\n', '<end_of_turn>\\n', 'model'))}`,
  phi3: turns('<|', '|>\\n', '<|end|>\\n'),
  zephyr: turns('<|', '|>\\n', '</s>\\n'),
  mistral: withoutSystem(`{{- bos_token }}{%- for message in messages %}
{%- if message.role == 'assistant' %}{{- ' ' + message.content + eos_token }}
{%- else %}{{- '[INST] ' + message.content + ' [/INST]' }}{%- endif %}{%- endfor %}`),
  plain: `{%- for message in messages %}{{- message.role | title + ': ' + message.content + '\\n\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{- 'Assistant:' }}{%- endif %}`,
};

/** Real templates have a few kilobytes. */
const SIZE_LIMIT = 1_000_000;

/**
 * The Jinja source that `--chat-template NAME|FILE` means: a built-in one, or a file's content. Throws
 * `MissingError` where it is neither, `PathactError` where the file cannot be read as text.
 */
export function chatTemplateSource(nameOrFile: string): string {
  const builtIn = Object.hasOwn(chatTemplates, nameOrFile) ? chatTemplates[nameOrFile] : undefined;
  return builtIn ?? readTemplate(nameOrFile);
}

const hint = `It is a Jinja file, or one of ${Object.keys(chatTemplates).join(', ')}.`;

function readTemplate(file: string): string {
  if (file.trim() === '') throw new UsageError('--chat-template needs a name or a file', { hint });
  const text = contentOf(file);
  if (text.trim() === '') throw new PathactError(`the chat template ${file} is empty`, { hint });
  if (text.includes('\0') || text.includes('\ufffd'))
    throw new PathactError(`the chat template ${file} is no UTF-8 text`, { hint });
  return text.replace(/^\ufeff/, '');
}

function contentOf(file: string): string {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw new PathactError(`the chat template ${file} is no file`, { hint });
    if (stat.size > SIZE_LIMIT)
      throw new PathactError(`the chat template ${file} is larger than ${SIZE_LIMIT} bytes`, { hint });
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof PathactError) throw cause;
    throw new MissingError(`there is no chat template "${file}"`, { hint, cause });
  }
}
