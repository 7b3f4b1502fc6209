import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { CallerContext, ChatWire, JsonObject, StreamFrame, TargetContext, Warning } from '#contract'
import { asked, leastRequest } from './asked.suite.ts'
import { createSseDecoder, encodeSse } from './framing/sse.ts'
import { anthropicMessages } from './wires/anthropic-messages/index.ts'
import { openaiChat } from './wires/openai-chat/index.ts'
import { openaiResponses } from './wires/openai-responses/index.ts'

/** Golden tests: what one wire's fixtures read like on the other, warnings included. */

const folder = (wire: ChatWire) => new URL(`./wires/${wire.id}/fixtures/`, import.meta.url)
const readText = (wire: ChatWire, file: string) => readFileSync(new URL(file, folder(wire)), 'utf8')
const readJson = (wire: ChatWire, file: string) => JSON.parse(readText(wire, file)) as JsonObject

const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'the-model',
  streamUsage: true,
  nowSeconds: 1_700_000_000,
}

function assertGolden(wire: ChatWire, file: string, actual: string): void {
  const path = new URL(`crossed/${file}`, folder(wire))
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(new URL('./', path), { recursive: true })
    writeFileSync(path, actual)
  }
  assert.equal(actual, readFileSync(path, 'utf8'))
}

const printJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
const printWarnings = (warnings: readonly Warning[]) => warnings.map(({ code, path }) => `${code}:${path}`)

const directions: readonly {
  readonly from: ChatWire
  readonly to: ChatWire
  readonly models: readonly string[]
}[] = [
  { from: openaiChat, to: anthropicMessages, models: ['claude-haiku-4-5', 'claude-opus-5'] },
  { from: anthropicMessages, to: openaiChat, models: ['gpt-4o', 'gpt-6-astra'] },
  { from: openaiResponses, to: openaiChat, models: ['gpt-6-astra'] },
  { from: openaiResponses, to: anthropicMessages, models: ['claude-opus-5'] },
  { from: openaiChat, to: openaiResponses, models: ['gpt-4o'] },
  { from: anthropicMessages, to: openaiResponses, models: ['gpt-6-astra'] },
]

/** Goldens of the wire whose image they are; those of the first two stand by themselves, later wires say whose they were. */
function place(image: ChatWire, original: ChatWire): string {
  const isFirstPair = [image, original].every((wire) => wire === openaiChat || wire === anthropicMessages)
  return isFirstPair ? '' : `${original.id}/`
}

for (const { from, to, models } of directions) {
  for (const scenario of ['text', 'tools']) {
    for (const model of models) {
      test(`${from.id} caller → ${to.id} provider: ${scenario} request for ${model}`, () => {
        const { request, warnings } = from.decodeRequest(readJson(from, `${scenario}.request.json`))
        const target: TargetContext = { model, quirks: {} }
        const encoded = to.encodeRequest(JSON.parse(JSON.stringify(request)), target)
        const golden = { warnings: printWarnings([...warnings, ...encoded.warnings]), body: encoded.body }
        assertGolden(to, `${place(to, from)}${scenario}.${model}.request.json`, printJson(golden))
      })
    }

    test(`${to.id} provider → ${from.id} caller: ${scenario} answer`, () => {
      const response = to.decodeResponse(readJson(to, `${scenario}.response.json`), asked)
      const encoded = from.encodeResponse(response, caller)
      const golden = { warnings: printWarnings(encoded.warnings), body: encoded.body }
      assertGolden(from, `${place(from, to)}${scenario}.response.json`, printJson(golden))
    })
  }
}

function crossStream(to: ChatWire, from: ChatWire, file: string, streamUsage = true) {
  const sse = createSseDecoder()
  const decoder = to.createStreamDecoder(asked)
  const encoder = from.createStreamEncoder({ ...caller, streamUsage })
  const frames: StreamFrame[] = []
  for (const frame of [...sse.push(readFileSync(new URL(file, folder(to)))), ...sse.end()]) {
    for (const event of decoder.push(frame)) frames.push(...encoder.push(event))
  }
  for (const event of decoder.end()) frames.push(...encoder.push(event))
  return {
    text: Buffer.from(encodeSse(frames)).toString('utf8'),
    warnings: printWarnings(encoder.warnings()),
  }
}

const streams: readonly {
  readonly to: ChatWire
  readonly from: ChatWire
  readonly file: string
  readonly warnings: readonly string[]
}[] = [
  { to: openaiChat, from: anthropicMessages, file: 'text.sse', warnings: ['unsupported:system_fingerprint'] },
  {
    to: openaiChat,
    from: anthropicMessages,
    file: 'tools.sse',
    warnings: ['unsupported:system_fingerprint'],
  },
  {
    to: openaiChat,
    from: anthropicMessages,
    file: 'reasoning.sse',
    warnings: ['unsupported:system_fingerprint'],
  },
  { to: anthropicMessages, from: openaiChat, file: 'text.sse', warnings: [] },
  { to: anthropicMessages, from: openaiChat, file: 'tools.sse', warnings: ['unsupported:content[0]'] },
  {
    to: anthropicMessages,
    from: openaiChat,
    file: 'server-tool.sse',
    warnings: ['unsupported:content[0]', 'unsupported:content[1]', 'unsupported:content[2].citation'],
  },
  { to: openaiChat, from: openaiResponses, file: 'text.sse', warnings: ['unsupported:system_fingerprint'] },
  { to: openaiChat, from: openaiResponses, file: 'tools.sse', warnings: ['unsupported:system_fingerprint'] },
  {
    to: openaiChat,
    from: openaiResponses,
    file: 'reasoning.sse',
    warnings: ['unsupported:system_fingerprint'],
  },
  { to: anthropicMessages, from: openaiResponses, file: 'text.sse', warnings: [] },
  { to: anthropicMessages, from: openaiResponses, file: 'tools.sse', warnings: [] },
  {
    to: anthropicMessages,
    from: openaiResponses,
    file: 'server-tool.sse',
    warnings: [
      'unsupported:choices[0].message.content[0]',
      'unsupported:choices[0].message.content[1]',
      'unsupported:choices[0].message.content[2].citations',
    ],
  },
  { to: openaiResponses, from: openaiChat, file: 'tools.sse', warnings: ['unsupported:content[0]'] },
  { to: openaiResponses, from: anthropicMessages, file: 'text.sse', warnings: [] },
  { to: openaiResponses, from: anthropicMessages, file: 'tools.sse', warnings: [] },
  { to: openaiResponses, from: anthropicMessages, file: 'reasoning.sse', warnings: [] },
  {
    to: openaiResponses,
    from: anthropicMessages,
    file: 'server-tool.sse',
    warnings: ['unsupported:choices[0].message.content[0]', 'unsupported:choices[0].message.content[1]'],
  },
]

for (const { to, from, file, warnings } of streams) {
  test(`${to.id} provider → ${from.id} caller: stream ${file}`, () => {
    const crossed = crossStream(to, from, file)
    assertGolden(from, place(from, to) + file, crossed.text)
    assert.deepEqual(crossed.warnings, warnings)
  })
}

test('a caller on openai-chat that did not ask for usage gets no usage in its stream', () => {
  const { text } = crossStream(anthropicMessages, openaiChat, 'text.sse', false)
  assert.ok(!text.includes('"usage"'))
  assert.ok(text.endsWith('data: [DONE]\n\n'))
})

test('a member named __proto__ is told like any other that cannot cross', () => {
  const openai = JSON.parse(
    '{"model":"m","__proto__":{"a":1},"messages":[{"role":"user","content":"hi","__proto__":{"b":1}}]}',
  )
  const anthropic = JSON.parse(
    '{"model":"m","max_tokens":5,"__proto__":{"a":1},"messages":[{"role":"user","content":"hi","__proto__":{"b":1}}]}',
  )
  const cases = [
    [openaiChat, anthropicMessages, openai],
    [anthropicMessages, openaiChat, anthropic],
  ] as const
  for (const [from, to, body] of cases) {
    const queued = JSON.parse(JSON.stringify(from.decodeRequest(body).request))
    const { warnings, body: sent } = to.encodeRequest(queued, { model: 'm', quirks: {} })
    const paths = warnings.filter(({ code }) => code === 'unsupported').map(({ path }) => path)
    assert.deepEqual(paths.toSorted(), ['__proto__', 'messages[0].__proto__'])
    assert.equal(Object.getPrototypeOf(sent), Object.prototype)
    const again = from.encodeRequest(queued, { model: 'm', quirks: {} }).body
    assert.equal(Object.getPrototypeOf(again), Object.prototype)
  }
})
