import fc from 'fast-check'
import type { CacheMark, ChatRequest, ChatResponse, FunctionTool, Message, Part, StopReason } from '#contract'

/** Canonical requests and answers of every kind that the model holds; a wire carries of each what it can. */

const text = fc.constantFrom('Hi.', 'Grüße aus Köln', ' spaces ', '多字节 😀', 'line\nline', 'quote " \\ end')
const id = fc.constantFrom('call_1', 'call_2', 'toolu_ab-c')
const cache = fc.option(fc.constantFrom<CacheMark>({}, { ttl: '5m' }, { ttl: '1h' }), { nil: undefined })
const schema = fc.constantFrom(
  { type: 'object', properties: {} },
  { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
)

/** An object without its undefined members, as JSON has it. */
const plain = <T>(value: unknown): T => JSON.parse(JSON.stringify(value)) as T

const textPart = fc.record({ type: fc.constant('text' as const), text, cache }).map(plain<Part>)
const imagePart = fc.constantFrom<Part>(
  { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
  { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } },
)
const documentPart = fc.constantFrom<Part>(
  { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' }, name: 'a.pdf' },
  { type: 'document', source: { kind: 'text', mediaType: 'text/plain', text: 'Rain.' }, name: 'note' },
)
const audioPart = fc.constant<Part>({
  type: 'audio',
  format: 'wav',
  source: { kind: 'base64', mediaType: 'audio/wav', data: 'AAAA' },
})
const reasoningPart = fc.constantFrom<Part>(
  { type: 'reasoning', text: 'Hm.', signature: 'c2ln' },
  { type: 'reasoning', text: '', redacted: 'cmVk' },
)
const callPart = fc.record({
  type: fc.constant('tool-call' as const),
  id,
  name: fc.constantFrom('get', 'set'),
  argumentsText: fc.constantFrom('{}', '{"a":1}', '{"b":[1,"x"],"a":null}'),
})

const userTurn = fc
  .array(fc.oneof({ weight: 4, arbitrary: textPart }, imagePart, documentPart, audioPart), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts): Message => ({ role: 'user', parts }))
const assistantTurn = fc
  .tuple(fc.array(reasoningPart, { maxLength: 1 }), textPart)
  .map(([reasoning, said]): Message => ({ role: 'assistant', parts: [...reasoning, said] }))
const toolTurns = fc
  .tuple(callPart, text, fc.boolean())
  .map(([call, content, isError]): readonly Message[] => [
    { role: 'assistant', parts: [call] },
    {
      role: 'tool',
      parts: [
        {
          type: 'tool-result',
          callId: call.id,
          content: [{ type: 'text', text: content }],
          ...(isError && { isError }),
        },
      ],
    },
  ])
const systemTurn = textPart.map((part): Message => ({ role: 'system', parts: [part] }))

const conversation = fc
  .tuple(
    fc.array(systemTurn, { maxLength: 1 }),
    fc.array(
      fc
        .tuple(
          userTurn,
          fc.oneof(
            assistantTurn.map((turn) => [turn]),
            toolTurns,
          ),
        )
        .map(([asked, answered]) => [asked, ...answered]),
      { maxLength: 2 },
    ),
    userTurn,
  )
  .map(([system, rounds, last]): readonly Message[] => [...system, ...rounds.flat(), last])

const tool = fc.record(
  {
    type: fc.constant('function' as const),
    name: fc.constantFrom('get', 'set'),
    description: text,
    schema,
    strict: fc.boolean(),
    cache,
  },
  { requiredKeys: ['type', 'name'] },
)
const tools = fc.uniqueArray(tool.map(plain<FunctionTool>), {
  minLength: 1,
  maxLength: 2,
  selector: ({ name }) => name,
})

export const arbitraryRequest: fc.Arbitrary<ChatRequest> = fc
  .record(
    {
      model: fc.constant('the-model'),
      stream: fc.boolean(),
      streamUsage: fc.constant(true),
      messages: conversation,
      sampling: fc.record(
        {
          temperature: fc.constantFrom(0, 0.5, 1),
          topP: fc.constantFrom(0.1, 1),
          topK: fc.constantFrom(1, 40),
          stop: fc.array(fc.constantFrom('END', 'STOP'), { minLength: 1, maxLength: 2 }),
          maxOutputTokens: fc.constantFrom(100, 30_000),
          seed: fc.nat({ max: 9 }),
          frequencyPenalty: fc.constantFrom(0.5, -0.5),
          presencePenalty: fc.constantFrom(0.5),
          candidates: fc.constantFrom(1, 2),
        },
        { requiredKeys: [] },
      ),
      tools,
      toolChoice: fc.constantFrom(
        { type: 'auto' } as const,
        { type: 'required' } as const,
        { type: 'none' } as const,
      ),
      parallelToolCalls: fc.boolean(),
      responseFormat: schema.map(
        (one) => ({ type: 'json-schema', name: 'x', schema: one, strict: true }) as const,
      ),
      reasoning: fc.constantFrom({ effort: 'low' } as const, { effort: 'high' } as const, {
        enabled: true,
        budgetTokens: 8192,
      }),
      user: fc.constant('u'),
      metadata: fc.constant({ a: 'b' }),
      serviceTier: fc.constantFrom('auto', 'default'),
    },
    { requiredKeys: ['model', 'stream', 'streamUsage', 'messages', 'sampling'] },
  )
  .map(plain<ChatRequest>)

const stopReason = fc.constantFrom<StopReason['unified']>(
  ...([
    'stop',
    'stop-sequence',
    'length',
    'context-length',
    'content-filter',
    'refusal',
    'pause',
    'other',
  ] as const),
)
const answerParts = fc
  .tuple(
    fc.array(reasoningPart, { maxLength: 1 }),
    fc.array(text, { maxLength: 2 }),
    fc.uniqueArray(callPart, { maxLength: 2, selector: (call) => call.id }),
  )
  .map(([reasoning, texts, calls]): readonly Part[] => [
    ...reasoning,
    ...texts.map((each): Part => ({ type: 'text', text: each })),
    ...calls,
  ])

export const arbitraryResponse: fc.Arbitrary<ChatResponse> = fc
  .tuple(answerParts, stopReason, fc.nat({ max: 99 }), fc.nat({ max: 99 }))
  .map(([parts, unified, input, output]): ChatResponse => {
    const called = parts.some(({ type }) => type === 'tool-call')
    return {
      id: 'answer_1',
      model: 'the-model',
      createdAtSeconds: 1_760_000_000,
      candidates: [{ index: 0, parts, stopReason: { unified: called ? 'tool-calls' : unified, raw: null } }],
      usage: { input: { total: input, uncached: input }, output: { total: output } },
    }
  })
