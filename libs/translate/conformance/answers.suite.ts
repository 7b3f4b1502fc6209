import type { Candidate, ChatResponse, Json, Part, StopReason, Usage } from '#contract'

/** Something that a model may answer. */
export type AnswerScenario = { readonly name: string; readonly response: ChatResponse }

const usage: Usage = { input: { total: 20, uncached: 20 }, output: { total: 10 } }
const stop: StopReason = { unified: 'stop', raw: null }
const text: Part = { type: 'text', text: 'It is sunny in Paris.' }
const call = (id: string, argumentsText: string): Part => ({
  type: 'tool-call',
  id,
  name: 'get_weather',
  argumentsText,
})

function answer(parts: readonly Part[], members: Partial<ChatResponse & Candidate> = {}): ChatResponse {
  const { stopReason = stop, logprobs, ...rest } = members
  const candidate: Candidate = { index: 0, parts, stopReason, ...(logprobs !== undefined && { logprobs }) }
  return {
    id: 'answer_1',
    model: 'the-model',
    createdAtSeconds: 1_760_000_000,
    candidates: [candidate],
    usage,
    ...rest,
  }
}

const stopped = (unified: StopReason['unified'], sequence?: string): AnswerScenario => ({
  name: `finish reason ${unified}`,
  response: answer([text], {
    stopReason: { unified, raw: null, ...(sequence !== undefined && { sequence }) },
  }),
})
const used = (name: string, counted: Usage): AnswerScenario => ({
  name,
  response: answer([text], { usage: counted }),
})
const toolCalls = { stopReason: { unified: 'tool-calls', raw: null } } as const
const logprobs: Json = {
  content: [
    {
      token: 'Hi',
      logprob: -0.1,
      bytes: [72, 105],
      top_logprobs: [{ token: 'Hi', logprob: -0.1, bytes: [72, 105] }],
    },
  ],
  refusal: null,
}

/** Every scenario of an answer; each is sent whole and streamed. */
export const answerScenarios: readonly AnswerScenario[] = [
  { name: 'text', response: answer([text]) },
  {
    name: 'several texts',
    response: answer([
      { type: 'text', text: 'Sunny. ' },
      { type: 'text', text: 'Warm.' },
    ]),
  },
  { name: 'nothing', response: answer([]) },
  {
    name: 'two candidates',
    response: {
      ...answer([text]),
      candidates: [0, 1].map((index) => ({
        index,
        parts: [{ type: 'text', text: `Answer ${index}` }],
        stopReason: stop,
      })),
    },
  },
  { name: 'tool call', response: answer([call('call_1', '{"city":"Paris"}')], toolCalls) },
  {
    name: 'parallel tool calls',
    response: answer([call('call_1', '{"city":"Paris"}'), call('call_2', '{"city":"Rome"}')], toolCalls),
  },
  { name: 'text and a tool call', response: answer([text, call('call_1', '{"city":"Paris"}')], toolCalls) },
  { name: 'tool call without arguments', response: answer([call('call_1', '{}')], toolCalls) },
  {
    name: 'exact numbers in tool arguments',
    response: answer([call('call_1', '{"z":1.5,"a":"x"}')], toolCalls),
  },
  { name: 'reasoning', response: answer([{ type: 'reasoning', text: 'Hm, Paris.' }, text]) },
  {
    name: 'signed reasoning',
    response: answer([{ type: 'reasoning', text: 'Hm, Paris.', signature: 'c2lnbmF0dXJl' }, text]),
  },
  {
    name: 'redacted reasoning',
    response: answer([{ type: 'reasoning', text: '', redacted: 'ZW5jcnlwdGVk' }, text]),
  },
  {
    name: 'signed reasoning and a tool call',
    response: answer(
      [{ type: 'reasoning', text: 'Hm.', signature: 'c2lnbmF0dXJl' }, call('call_1', '{"city":"Paris"}')],
      toolCalls,
    ),
  },
  {
    name: 'a signature on a tool call',
    response: answer(
      [
        {
          type: 'tool-call',
          id: 'call_1',
          name: 'get_weather',
          argumentsText: '{"city":"Paris"}',
          signature: 'c2lnbmF0dXJl',
        },
      ],
      toolCalls,
    ),
  },
  {
    name: 'refusal',
    response: answer([{ type: 'refusal', text: 'I cannot say.' }], {
      stopReason: { unified: 'refusal', raw: null },
    }),
  },
  stopped('stop'),
  stopped('stop-sequence', 'END'),
  stopped('length'),
  stopped('context-length'),
  stopped('content-filter'),
  stopped('refusal'),
  stopped('pause'),
  stopped('other'),
  used('usage with cached tokens', {
    input: { total: 100, uncached: 30, cacheRead: 50, cacheWrite: 20 },
    output: { total: 10 },
  }),
  used('usage with reasoning tokens', {
    input: { total: 20, uncached: 20 },
    output: { total: 90, reasoning: 80 },
  }),
  used('usage with audio tokens', {
    input: { total: 20, uncached: 20, audio: 5 },
    output: { total: 9, audio: 3 },
  }),
  { name: 'log probabilities', response: answer([text], { logprobs }) },
  {
    name: 'citations (anthropic-messages)',
    response: answer([
      {
        type: 'text',
        text: 'Sunny.',
        citations: [
          {
            type: 'char_location',
            cited_text: 'sunny',
            document_index: 0,
            document_title: null,
            start_char_index: 0,
            end_char_index: 5,
            file_id: null,
          },
        ],
      },
    ]),
  },
  {
    name: 'a block of anthropic-messages',
    response: answer([
      {
        type: 'opaque',
        wire: 'anthropic-messages',
        value: {
          type: 'web_search_tool_result',
          tool_use_id: 'srvtoolu_1',
          content: [],
          caller: { type: 'direct' },
        },
      },
      text,
    ]),
  },
  {
    name: 'a block of gemini-generate',
    response: answer([
      {
        type: 'opaque',
        wire: 'gemini-generate',
        value: { executableCode: { language: 'PYTHON', code: 'print(1)' } },
      },
      text,
    ]),
  },
  { name: 'service tier', response: answer([text], { serviceTier: 'default' }) },
  {
    name: 'an unknown member of openai-chat',
    response: answer([text], { extensions: { 'openai-chat': { system_fingerprint: 'fp_1' } } }),
  },
]
