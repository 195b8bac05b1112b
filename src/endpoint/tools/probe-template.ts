import { Template } from '@huggingface/jinja';
import type { NativeShape } from './native-messages.ts';

/** What a chat template does with tools, found out by rendering small conversations. */
export interface TemplateAbilities {
  /** How it wants calls; undefined: it does not show tools, calls and results all three. */
  native: NativeShape | undefined;
  /** System turns come out. */
  takesSystem: boolean;
}

const NO_ABILITIES: TemplateAbilities = { native: undefined, takesSystem: true };

export function probeTemplate(source: string | undefined): TemplateAbilities {
  if (source === undefined) return NO_ABILITIES;
  try {
    const template = new Template(source);
    return { native: probeShape(template), takesSystem: probeSystem(template) };
  } catch {
    return NO_ABILITIES; // whoever compiles it for use says what is wrong with it
  }
}

function probeShape(template: Template): NativeShape | undefined {
  const shape = (['object', 'string'] as const).find((kind) => showsTools(template, kind, 1));
  if (!shape) return undefined;
  return { arguments: shape, callsPerTurn: showsTools(template, shape, 2) ? 'many' : 'one' };
}

const tool = {
  type: 'function',
  function: {
    name: 'probe_tool',
    description: 'probe_description',
    parameters: { type: 'object', properties: { probe_key: { type: 'string' } } },
  },
};

function showsTools(template: Template, kind: NativeShape['arguments'], calls: number): boolean {
  const value = kind === 'object' ? { probe_key: 'probe_value' } : '{"probe_key": "probe_value"}';
  const messages = [
    { role: 'user', content: 'probe_question' },
    {
      role: 'assistant',
      content: '',
      tool_calls: Array.from({ length: calls }, (_, i) => ({
        id: `callprobe${i}`,
        type: 'function',
        function: { name: `probe_called${i}`, arguments: value },
      })),
    },
    { role: 'tool', name: 'probe_called0', tool_call_id: 'callprobe0', content: 'probe_result' },
  ];
  const text = renderOrNothing(template, { messages, tools: [tool] });
  const wanted = ['probe_tool', 'probe_description', `probe_called${calls - 1}`, 'probe_result'];
  return wanted.every((word) => text.includes(word)) && /\{\s*"probe_key":\s*"probe_value"\s*\}/.test(text);
}

function probeSystem(template: Template): boolean {
  const messages = [
    { role: 'system', content: 'probe_system' },
    { role: 'user', content: 'probe_question' },
  ];
  return renderOrNothing(template, { messages }).includes('probe_system');
}

function renderOrNothing(template: Template, values: object): string {
  try {
    const constants = {
      bos_token: '',
      eos_token: '',
      date_string: '26 Jul 2024',
      add_generation_prompt: true,
    };
    return template.render({ ...constants, ...values });
  } catch {
    return '';
  }
}
