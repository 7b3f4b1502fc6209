import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { CallerContext, ChatWire, JsonObject, StreamFrame } from '#contract'
import { asked, leastRequest } from './asked.suite.ts'
import { createSseDecoder, encodeSse } from './framing/sse.ts'
import { anthropicMessages } from './wires/anthropic-messages/index.ts'
import { geminiGenerate } from './wires/gemini-generate/index.ts'
import { openaiChat } from './wires/openai-chat/index.ts'

/** Golden tests: Google's wire against the other two, both ways, warnings included. */

const folder = (wire: ChatWire) => new URL(`./wires/${wire.id}/fixtures/`, import.meta.url)
const read = (wire: ChatWire, file: string) => readFileSync(new URL(file, folder(wire)), 'utf8')
const readJson = (wire: ChatWire, file: string) => JSON.parse(read(wire, file)) as JsonObject
const printJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'the-model',
  streamUsage: true,
  nowSeconds: 1_700_000_000,
}

function assertGolden(file: string, actual: string): void {
  const path = new URL(`crossed/${file}`, folder(geminiGenerate))
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(new URL('crossed/', folder(geminiGenerate)), { recursive: true })
    writeFileSync(path, actual)
  }
  assert.equal(actual, readFileSync(path, 'utf8'))
}

const directions = [
  { from: openaiChat, to: geminiGenerate, models: ['gemini-2.5-flash', 'gemini-3-pro-preview'] },
  { from: anthropicMessages, to: geminiGenerate, models: ['gemini-2.5-flash', 'gemini-3-pro-preview'] },
  { from: geminiGenerate, to: openaiChat, models: ['gpt-4o'] },
  { from: geminiGenerate, to: anthropicMessages, models: ['claude-haiku-4-5', 'claude-opus-5'] },
] as const

for (const { from, to, models } of directions) {
  for (const scenario of ['text', 'tools']) {
    for (const model of models) {
      test(`${from.id} caller → ${to.id} provider: ${scenario} request for ${model}`, () => {
        const body = withoutOwnFiles(readJson(from, `${scenario}.request.json`))
        const { request } = from.decodeRequest(body, { model: 'm', stream: false })
        const { body: encoded, warnings } = to.encodeRequest(JSON.parse(JSON.stringify(request)), {
          model,
          quirks: {},
        })
        const told = warnings.map(({ code, path }) => `${code}:${path}`)
        assertGolden(
          `${from.id}.${scenario}.${model}.request.json`,
          printJson({ warnings: told, body: encoded }),
        )
      })
    }

    test(`${to.id} provider → ${from.id} caller: ${scenario} answer`, () => {
      const response = to.decodeResponse(readJson(to, `${scenario}.response.json`), asked)
      const { body, warnings } = from.encodeResponse(response, caller)
      const told = warnings.map(({ code, path }) => `${code}:${path}`)
      assertGolden(`${to.id}.${from.id}.${scenario}.response.json`, printJson({ warnings: told, body }))
    })

    test(`${to.id} provider → ${from.id} caller: ${scenario} stream`, () => {
      const framing = createSseDecoder()
      const decoder = to.createStreamDecoder(asked)
      const encoder = from.createStreamEncoder(caller)
      const frames: StreamFrame[] = []
      for (const frame of [...framing.push(Buffer.from(read(to, `${scenario}.sse`))), ...framing.end()]) {
        for (const event of decoder.push(frame)) frames.push(...encoder.push(event))
      }
      for (const event of decoder.end()) frames.push(...encoder.push(event))
      const told = encoder.warnings().map(({ code, path }) => `: ${code}:${path}\n`)
      const text = Buffer.from(encodeSse(frames)).toString()
      assertGolden(`${to.id}.${from.id}.${scenario}.sse`, told.join('') + text)
    })
  }
}

/** A file at the one vendor is no file at the other, which is a 400; the rest of the fixture crosses. */
function withoutOwnFiles(body: JsonObject): JsonObject {
  const text = JSON.stringify(body, (_key, value: unknown) =>
    Array.isArray(value) ? value.filter((each) => !isOwnFile(each)) : value,
  )
  return JSON.parse(text) as JsonObject
}

function isOwnFile(value: unknown): boolean {
  return (
    /"fileData"|"type":"(?:file|url)"|"url":"https?:/.test(JSON.stringify(value) ?? '') && !hasParts(value)
  )
}

/** Only parts are taken out, not the turns that hold them. */
function hasParts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('parts' in value || 'content' in value)
}
