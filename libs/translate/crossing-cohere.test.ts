import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  type CallerContext,
  type ChatRequest,
  type ChatWire,
  GatewayError,
  type JsonObject,
  type Part,
  type StreamFrame,
  type Warning,
} from '#contract'
import { asked, leastRequest } from './asked.suite.ts'
import { createSseDecoder, encodeSse } from './framing/sse.ts'
import { anthropicMessages } from './wires/anthropic-messages/index.ts'
import { cohereV2 } from './wires/cohere-v2/index.ts'
import { assertPublished, assertPublishedEvent } from './wires/cohere-v2/published.suite.ts'
import { openaiChat } from './wires/openai-chat/index.ts'

/**
 * Golden tests: what the fixtures of cohere-v2 read like on the other chat wires and theirs on it, warnings included;
 * and what we write for Cohere is what Cohere publishes.
 */

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

/** `from` and `to` are wires; the golden stands with `to`, whose shape it has. */
function assertGolden(from: ChatWire, to: ChatWire, file: string, actual: string): void {
  const place = new URL(`crossed/from-${from.id}/`, folder(to))
  const path = new URL(file, place)
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(place, { recursive: true })
    writeFileSync(path, actual)
  }
  assert.equal(actual, readFileSync(path, 'utf8'))
}

const printGolden = (warnings: readonly Warning[], body: JsonObject) =>
  `${JSON.stringify({ warnings: warnings.map(({ code, path }) => `${code}:${path}`), body }, null, 2)}\n`

const pairs = [
  { from: openaiChat, to: cohereV2, models: ['command-a-plus-05-2026', 'command-r-08-2024'] },
  { from: anthropicMessages, to: cohereV2, models: ['command-a-plus-05-2026', 'command-r-08-2024'] },
  { from: cohereV2, to: openaiChat, models: ['gpt-4o'] },
  { from: cohereV2, to: anthropicMessages, models: ['claude-opus-5'] },
] as const

for (const { from, to, models } of pairs) {
  for (const scenario of from === cohereV2 ? ['text', 'tools', 'structured'] : ['text', 'tools']) {
    for (const model of models) {
      test(`${from.id} caller → ${to.id} provider: ${scenario} request for ${model}`, () => {
        const { request, warnings } = from.decodeRequest(readJson(from, `${scenario}.request.json`))
        const queued = JSON.parse(JSON.stringify(request)) as ChatRequest
        const carried = to === cohereV2 ? withoutBinaryDocuments(queued) : queued
        const encoded = to.encodeRequest(carried, { model, quirks: {} })
        if (to === cohereV2) assertPublished('V2ChatRequest', encoded.body)
        const golden = printGolden([...warnings, ...encoded.warnings], encoded.body)
        assertGolden(from, to, `${scenario}.${model}.request.json`, golden)
      })
    }
  }

  for (const scenario of ['text', 'tools']) {
    test(`${from.id} provider → ${to.id} caller: ${scenario} answer`, () => {
      const response = from.decodeResponse(readJson(from, `${scenario}.response.json`), asked)
      const { body, warnings } = to.encodeResponse(response, caller)
      if (to === cohereV2) assertPublished('V2ChatResponse', body)
      assertGolden(from, to, `${scenario}.response.json`, printGolden(warnings, body))
    })

    test(`${from.id} provider → ${to.id} caller: stream ${scenario}`, () => {
      const { text, frames, warnings } = crossStream(from, to, `${scenario}.sse`)
      for (const { data } of to === cohereV2 ? frames : []) {
        if (data !== '[DONE]') assertPublishedEvent(JSON.parse(data) as JsonObject)
      }
      assertGolden(from, to, `${scenario}.sse`, `${warnings.map((line) => `: ${line}\n`).join('')}${text}`)
    })
  }
}

/** Documents that are no text: Cohere takes none, see the test below. */
function withoutBinaryDocuments(request: ChatRequest): ChatRequest {
  const isKept = (part: Part) => part.type !== 'document' || part.source.kind === 'text'
  return {
    ...request,
    messages: request.messages.map((message) => ({ ...message, parts: message.parts.filter(isKept) })),
  }
}

test('a document that is no text cannot reach Cohere: 400 naming the part', () => {
  for (const from of [openaiChat, anthropicMessages]) {
    const { request } = from.decodeRequest(readJson(from, 'tools.request.json'))
    assert.throws(
      () => cohereV2.encodeRequest(request, { model: 'command-a-03-2025', quirks: {} }),
      (error) =>
        GatewayError.is(error) &&
        error.status === 400 &&
        /^messages\[\d\]\.content\[\d\]$/.test(error.param ?? ''),
    )
  }
})

/** The warnings stand before the stream, as comments. */
function crossStream(from: ChatWire, to: ChatWire, file: string) {
  const sse = createSseDecoder()
  const decoder = from.createStreamDecoder(asked)
  const encoder = to.createStreamEncoder(caller)
  const frames: StreamFrame[] = []
  for (const frame of [...sse.push(Buffer.from(readText(from, file))), ...sse.end()]) {
    for (const event of decoder.push(frame)) frames.push(...encoder.push(event))
  }
  for (const event of decoder.end()) frames.push(...encoder.push(event))
  return {
    frames,
    text: Buffer.from(encodeSse(frames)).toString('utf8'),
    warnings: encoder.warnings().map(({ code, path }) => `${code}:${path}`),
  }
}
