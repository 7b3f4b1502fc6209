import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { CallerContext, ChatEvent, Json, JsonObject } from '#contract'
import { asked, leastRequest } from '../../asked.suite.ts'
import { geminiGenerate as wire } from './index.ts'

/** What this wire decodes, it encodes so that it decodes to the same again: nothing of its own is lost on the way. */

const runs = 2_000
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'm',
  streamUsage: true,
  nowSeconds: 0,
}
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const word = fc.stringMatching(/^[a-z]{1,6}$/)
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const base64 = fc.constantFrom('AA==', 'c2lnbmF0dXJl', '/9j/')
const args = fc.dictionary(word, fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)), {
  maxKeys: 3,
}) as fc.Arbitrary<JsonObject>
/** Members that may stand beside others, each there or not. */
const some = (members: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>

const mimeType = fc.constantFrom(
  'image/png',
  'audio/wav',
  'audio/mpeg',
  'application/pdf',
  'text/csv',
  'video/mp4',
)
const blob = fc.record({ mimeType, data: base64 }, { requiredKeys: ['mimeType', 'data'] })
const media = fc.oneof(
  fc.tuple(blob, some({ displayName: word })).map(([data, more]) => ({ inlineData: { ...data, ...more } })),
  fc
    .tuple(mimeType, fc.constantFrom('gs://b/x', 'https://x.example/y', 'https://youtu.be/z'))
    .map(([type, fileUri]) => ({ fileData: { mimeType: type, fileUri } })),
)
const textPart = fc.tuple(text, some({ thoughtSignature: base64, partMetadata: args }))
const plainPart = fc.oneof(
  textPart.map(([value, more]) => ({ text: value, ...more })),
  fc
    .tuple(text, some({ thoughtSignature: base64 }))
    .map(([value, more]) => ({ text: value, thought: true, ...more })),
  fc
    .tuple(media, some({ videoMetadata: args, mediaResolution: args }))
    .map(([one, more]) => ({ ...one, ...more })),
  fc.record({ executableCode: fc.record({ language: fc.constant('PYTHON'), code: text }) }),
)
const call = fc
  .tuple(fc.record({ id: word, name: word, args }), some({ thoughtSignature: base64 }))
  .map(([functionCall, more]) => ({ functionCall, ...more }))
const response = fc
  .tuple(
    fc.record({
      id: word,
      name: word,
      response: fc.oneof(
        args,
        text.map((output) => ({ output })),
        text.map((error) => ({ error })),
        args.map((error) => ({ error })),
      ),
    }),
    some({ scheduling: fc.constant('SILENT'), parts: fc.array(media, { minLength: 1, maxLength: 2 }) }),
  )
  .map(([known, more]) => ({ functionResponse: { ...known, ...more } }))
const parts = (...kinds: readonly fc.Arbitrary<unknown>[]) =>
  fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 4 })
const content = fc.oneof(
  parts(plainPart, response).map((list) => ({ role: 'user', parts: list })),
  parts(plainPart, call).map((list) => ({ role: 'model', parts: list })),
)
const schema = fc.constantFrom<JsonObject>(
  { type: 'object', properties: {} },
  { type: 'object', properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: { const: 1 } } },
)
const number = fc.integer({ min: -100, max: 100 })
const generationConfig = some({
  temperature: number,
  topP: number,
  topK: number,
  candidateCount: number,
  maxOutputTokens: number,
  stopSequences: fc.array(word, { minLength: 1, maxLength: 5 }),
  presencePenalty: number,
  seed: number,
  thinkingConfig: some({ includeThoughts: fc.boolean(), thinkingLevel: fc.constantFrom('LOW', 'HIGH') }),
  responseModalities: fc.constant(['TEXT', 'IMAGE']),
  speechConfig: args,
})
const format = fc.oneof(
  fc.constant<JsonObject>({}),
  fc.constant<JsonObject>({ responseMimeType: 'text/plain' }),
  schema.map((responseJsonSchema) => ({ responseMimeType: 'application/json', responseJsonSchema })),
  fc.constant<JsonObject>({
    responseMimeType: 'text/x.enum',
    responseSchema: { type: 'STRING', enum: ['a'] },
  }),
)
const tool = fc.oneof(
  fc.constant({ codeExecution: {} }),
  fc
    .tuple(word, some({ description: text, parametersJsonSchema: schema, behavior: fc.constant('BLOCKING') }))
    .map(([name, more]) => ({ functionDeclarations: [{ name, ...more }] })),
)
const choice = fc.constantFrom<JsonObject>(
  { mode: 'AUTO' },
  { mode: 'ANY', allowedFunctionNames: ['a'] },
  { mode: 'ANY', allowedFunctionNames: ['a', 'b'] },
  { mode: 'VALIDATED' },
)
const request = fc
  .tuple(
    fc.array(content, { minLength: 1, maxLength: 4 }),
    fc.tuple(generationConfig, format).map(([config, more]) => ({ ...config, ...more })),
    some({
      systemInstruction: fc.record({ parts: fc.array(fc.record({ text }), { minLength: 1, maxLength: 2 }) }),
      safetySettings: fc.constant([{ category: 'x', threshold: 'y' }]),
      labels: args,
      serviceTier: fc.constantFrom('flex', 'standard'),
      toolConfig: fc.record({ retrievalConfig: args }),
    }),
    fc.option(fc.tuple(fc.array(tool, { maxLength: 3 }), choice), { nil: undefined }),
  )
  .map(([contents, generation, more, tools]): JsonObject => {
    const body: Record<string, Json> = {
      contents: contents as Json,
      generationConfig: generation,
      ...plain(more),
    }
    if (tools === undefined) return body
    const [list, functionCallingConfig] = tools
    const toolConfig = { ...(body['toolConfig'] as JsonObject | undefined), functionCallingConfig }
    const functions = { functionDeclarations: [{ name: 'a' }, { name: 'b' }] }
    return { ...body, tools: [functions, ...(list as readonly Json[])], toolConfig }
  })

test('a request', () => {
  const address = { model: 'gemini-3-pro-preview', stream: false }
  const target = { model: 'gemini-3-pro-preview', quirks: {} }
  const withoutSkipped = (body: JsonObject) =>
    JSON.parse(
      JSON.stringify(body).replaceAll(',"thoughtSignature":"skip_thought_signature_validator"', ''),
    ) as JsonObject
  fc.assert(
    fc.property(request, (body) => {
      const { request: decoded } = wire.decodeRequest(body, address)
      const encoded = wire.encodeRequest(plain(decoded), target)
      assert.deepEqual(encoded.warnings, [])
      const again = wire.decodeRequest(withoutSkipped(encoded.body), address).request
      const byKind = ({ tools, ...rest }: typeof decoded) => ({
        ...rest,
        // Functions go before the vendor's own tools, whose order among themselves stays.
        tools: tools?.toSorted((a, b) => Number(a.type === 'opaque') - Number(b.type === 'opaque')),
      })
      assert.deepEqual(plain(byKind(again)), plain(byKind(decoded)))
    }),
    { numRuns: runs },
  )
})

const candidate = fc
  .tuple(
    parts(plainPart, call),
    fc.constantFrom('STOP', 'MAX_TOKENS', 'SAFETY', 'RECITATION', 'MALFORMED_FUNCTION_CALL', 'OTHER'),
    some({
      safetyRatings: fc.constant([{ category: 'x' }]),
      avgLogprobs: fc.constant(-0.5),
      groundingMetadata: args,
    }),
  )
  .map(([list, finishReason, more]) => ({ content: { parts: list, role: 'model' }, finishReason, ...more }))
const answer = fc
  .tuple(
    fc.array(candidate, { minLength: 1, maxLength: 2 }),
    some({ usageMetadata: fc.constant({ promptTokenCount: 3, totalTokenCount: 3 }), modelStatus: args }),
  )
  .map(([candidates, more]) =>
    plain({
      candidates: candidates.map((each, index) => ({ ...each, index })),
      ...more,
      modelVersion: 'm',
      responseId: 'i',
    } as JsonObject),
  )

test('an answer', () => {
  fc.assert(
    fc.property(answer, (body) => {
      const decoded = wire.decodeResponse(body, asked)
      const encoded = wire.encodeResponse(plain(decoded), caller)
      assert.deepEqual(encoded.warnings, [])
      assert.deepEqual(plain(encoded.body), body)
      assert.deepEqual(wire.decodeResponse(plain(encoded.body), asked), decoded)
    }),
    { numRuns: runs },
  )
})

function eventsOf(frames: readonly string[]): ChatEvent[] {
  const decoder = wire.createStreamDecoder(asked)
  const events = frames.flatMap((data) => [...decoder.push({ data })])
  return [...events, ...decoder.end()]
}

test('a stream', () => {
  fc.assert(
    fc.property(fc.array(answer, { minLength: 1, maxLength: 4 }), (chunks) => {
      const events = eventsOf(chunks.map((chunk) => JSON.stringify(chunk)))
      const encoder = wire.createStreamEncoder(caller)
      const frames = events.flatMap((event) => [...encoder.push(event)]).map(({ data }) => data)
      assert.deepEqual(encoder.warnings(), [])
      const told = (list: readonly ChatEvent[]) => plain(list.filter((event) => event.type !== 'usage'))
      assert.deepEqual(told(eventsOf(frames)), told(events))
    }),
    { numRuns: runs },
  )
})
