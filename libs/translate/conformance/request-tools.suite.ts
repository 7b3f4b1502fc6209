import type { ChatRequest, FunctionTool, Message, Part } from '#contract'
import { ask, assistant, hi, type RequestScenario, say, user } from './request-scenario.suite.ts'

const weather: FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather of a city.',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city'],
    additionalProperties: false,
  },
}
const clock: FunctionTool = { type: 'function', name: 'now', description: 'The time.' }
const tools = [weather, clock]

const call = (id: string, argumentsText: string, name = 'get_weather'): Part => ({
  type: 'tool-call',
  id,
  name,
  argumentsText,
})
const result = (callId: string, ...content: readonly Part[]): Message => ({
  role: 'tool',
  parts: [{ type: 'tool-result', callId, content }],
})
const paris = call('call_1', '{"city":"Paris"}')
const rome = call('call_2', '{"city":"Rome"}')
const withTools = (name: string, members: Partial<ChatRequest>): RequestScenario => ({
  name,
  request: ask({ tools, ...members }),
})
const turns = (name: string, messages: readonly Message[]): RequestScenario => withTools(name, { messages })

/** Tools: defined, chosen, called, answered. */
export const toolRequests: readonly RequestScenario[] = [
  { name: 'one tool', request: ask({ tools: [weather] }) },
  { name: 'a tool without parameters', request: ask({ tools: [clock] }) },
  withTools('several tools', {}),
  { name: 'a strict tool', request: ask({ tools: [{ ...weather, strict: true }] }) },
  withTools('tool choice auto', { toolChoice: { type: 'auto' } }),
  withTools('tool choice none', { toolChoice: { type: 'none' } }),
  withTools('some tool forced', { toolChoice: { type: 'required' } }),
  withTools('one tool forced', { toolChoice: { type: 'function', name: 'get_weather' } }),
  withTools('no parallel tool calls', { parallelToolCalls: false }),
  turns('tool result', [hi, assistant(paris), result('call_1', say('18 °C'))]),
  turns('tool result and a question', [
    hi,
    assistant(paris),
    result('call_1', say('18 °C')),
    user(say('And Rome?')),
  ]),
  turns('text before a tool call', [
    hi,
    assistant(say('Let me look.'), paris),
    result('call_1', say('18 °C')),
  ]),
  turns('parallel tool calls', [
    hi,
    assistant(paris, rome),
    result('call_1', say('18 °C')),
    result('call_2', say('24 °C')),
  ]),
  turns('two rounds of tools', [
    hi,
    assistant(paris),
    result('call_1', say('18 °C')),
    assistant(rome),
    result('call_2', say('24 °C')),
  ]),
  turns('a failed tool', [
    hi,
    assistant(paris),
    {
      role: 'tool',
      parts: [{ type: 'tool-result', callId: 'call_1', content: [say('no such city')], isError: true }],
    },
  ]),
  turns('an empty tool result', [hi, assistant(paris), result('call_1')]),
  turns('a tool result of several texts', [
    hi,
    assistant(paris),
    result('call_1', say('18 °C'), say('sunny')),
  ]),
  turns('an image as tool result', [
    hi,
    assistant(paris),
    result('call_1', {
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' },
    }),
  ]),
  turns('a tool call without arguments', [
    hi,
    assistant(call('call_1', '{}', 'now')),
    result('call_1', say('12:00')),
  ]),
  turns('call ids of another vendor', [
    hi,
    assistant(call('functions.get_weather:0', '{"city":"Paris"}')),
    result('functions.get_weather:0', say('18 °C')),
  ]),
  {
    ...turns('numbers in tool arguments', [
      hi,
      assistant(call('call_1', '{"z":1.0,"a":12345678901234567890}')),
      result('call_1', say('ok')),
    ]),
    verbatim: ['1.0', '12345678901234567890'],
  },
  turns('tool arguments that are no JSON', [
    hi,
    assistant(call('call_1', '{"city":')),
    result('call_1', say('18 °C')),
  ]),
]
