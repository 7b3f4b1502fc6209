import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { CallerContext, ChatWire, JsonObject, StreamFrame, Warning } from '#contract'
import { asked, leastRequest } from '../../asked.suite.ts'
import { createFrameDecoder, createFrameEncoder } from '../../framing/frames.ts'
import { anthropicMessages } from '../anthropic-messages/index.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { readJson, readStream } from './fixtures.suite.ts'
import { bedrockConverse as bedrock } from './index.ts'
import { throughSdk } from './sdk.suite.ts'

/** Golden tests: what this wire's fixtures read like on others, and theirs on this one, warnings included. */

const others = [openaiChat, anthropicMessages] as const
const address = { model: 'anthropic.claude-3-7-sonnet-20250219-v1:0', stream: false }
const models = {
  'claude-sonnet-4-5': 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'nova-pro': 'amazon.nova-pro-v1:0',
}
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'the-model',
  streamUsage: true,
  nowSeconds: 1_700_000_000,
}

const crossed = new URL('./fixtures/crossed/', import.meta.url)
function assertGolden(file: string, actual: string): void {
  const path = new URL(file, crossed)
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(crossed, { recursive: true })
    writeFileSync(path, actual)
  }
  assert.equal(actual, readFileSync(path, 'utf8'))
}

const print = (warnings: readonly Warning[], body: JsonObject) =>
  `${JSON.stringify({ warnings: warnings.map(({ code, path }) => `${code}:${path}`), body }, null, 2)}\n`

const fixtureOf = (wire: ChatWire, file: string) =>
  readFileSync(new URL(`../${wire.id}/fixtures/${file}`, import.meta.url))

for (const other of others) {
  for (const scenario of ['text', 'tools']) {
    for (const [name, model] of Object.entries(models)) {
      test(`${other.id} caller → ${bedrock.id} provider: ${scenario} request for ${name}`, async () => {
        const decoded = other.decodeRequest(
          withBytes(JSON.parse(fixtureOf(other, `${scenario}.request.json`).toString()) as JsonObject),
        )
        const queued = JSON.parse(JSON.stringify(decoded.request))
        const { body, warnings } = bedrock.encodeRequest(queued, { model, quirks: {} })
        assertGolden(
          `from-${other.id}.${scenario}.${name}.request.json`,
          print([...decoded.warnings, ...warnings], body),
        )
        const sent = JSON.parse(JSON.stringify(body)) as JsonObject
        assert.deepEqual(await throughSdk(sent), sent)
      })
    }

    test(`${bedrock.id} caller → ${other.id} provider: ${scenario} request`, () => {
      const decoded = bedrock.decodeRequest(readJson(`${scenario}.request.json`), address)
      const queued = JSON.parse(JSON.stringify(decoded.request))
      const { body, warnings } = other.encodeRequest(queued, { model: 'the-model', quirks: {} })
      assertGolden(`to-${other.id}.${scenario}.request.json`, print([...decoded.warnings, ...warnings], body))
    })

    test(`${bedrock.id} provider → ${other.id} caller: ${scenario} answer`, () => {
      const response = bedrock.decodeResponse(readJson(`${scenario}.response.json`), asked)
      const { body, warnings } = other.encodeResponse(response, caller)
      assertGolden(`to-${other.id}.${scenario}.response.json`, print(warnings, body))
    })

    test(`${other.id} provider → ${bedrock.id} caller: ${scenario} answer`, () => {
      const given = JSON.parse(fixtureOf(other, `${scenario}.response.json`).toString()) as JsonObject
      const { body, warnings } = bedrock.encodeResponse(other.decodeResponse(given, asked), caller)
      assertGolden(`from-${other.id}.${scenario}.response.json`, print(warnings, body))
    })

    test(`${bedrock.id} provider → ${other.id} caller: ${scenario} stream`, () => {
      const { frames, warnings } = crossStream(bedrock, other, readStream(`${scenario}.stream.jsonl`))
      const text = Buffer.from(createFrameEncoder('sse').push(frames)).toString()
      assertGolden(`to-${other.id}.${scenario}.sse`, `: ${JSON.stringify(warnings)}\n${text}`)
    })

    test(`${other.id} provider → ${bedrock.id} caller: ${scenario} stream`, () => {
      const { frames, warnings } = crossStream(other, bedrock, fixtureOf(other, `${scenario}.sse`))
      const lines = frames.map(({ event, data }) => `${event} ${data}\n`).join('')
      assertGolden(`from-${other.id}.${scenario}.stream.txt`, `: ${JSON.stringify(warnings)}\n${lines}`)
    })
  }
}

/** The other wires' fixtures point at images and documents by URL, which this vendor does not take. */
function withBytes(value: JsonObject): JsonObject {
  const text = JSON.stringify(value)
    .replaceAll(/\{"type":"url","url":"[^"]*"\}/g, '{"type":"base64","media_type":"image/png","data":"AA=="}')
    .replaceAll(/"url":"https:[^"]*"/g, '"url":"data:image/png;base64,AA=="')
  return JSON.parse(text) as JsonObject
}

function crossStream(to: ChatWire, from: ChatWire, bytes: Uint8Array) {
  const framesIn = createFrameDecoder(to.streamFormat)
  const decoder = to.createStreamDecoder(asked)
  const encoder = from.createStreamEncoder(caller)
  const frames: StreamFrame[] = []
  for (const frame of [...framesIn.push(bytes), ...framesIn.end()]) {
    for (const event of decoder.push(frame)) frames.push(...encoder.push(event))
  }
  for (const event of decoder.end()) frames.push(...encoder.push(event))
  return { frames, warnings: encoder.warnings().map(({ code, path }) => `${code}:${path}`) }
}
