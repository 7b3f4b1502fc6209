import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { ChatWire, JsonObject } from '#contract'
import { type SimulatedProviders, simulatedKeys, startSimulatedProviders } from '#testing'
import { asked } from '../../asked.suite.ts'
import { anthropicMessages } from '../anthropic-messages/index.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { sseFrames } from './fixtures.suite.ts'
import { openaiResponses as wire } from './index.ts'

/** The vendor, as its published types describe it, takes every request that this wire writes, and is understood. */

let providers: SimulatedProviders
before(async () => {
  providers = await startSimulatedProviders()
})
after(() => providers.close())

const fixtureOf = (from: ChatWire, name: string) =>
  JSON.parse(readFileSync(new URL(`../${from.id}/fixtures/${name}`, import.meta.url), 'utf8')) as JsonObject

async function send(body: JsonObject) {
  const response = await fetch(`${providers.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${simulatedKeys.openai}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  assert.equal(response.status, 200, text)
  return text
}

for (const from of [openaiChat, anthropicMessages, wire]) {
  for (const scenario of ['text', 'tools']) {
    for (const model of ['gpt-5.4-mini', 'gpt-4o']) {
      test(`${scenario} request of ${from.id} for ${model}`, async () => {
        const { request } = from.decodeRequest(fixtureOf(from, `${scenario}.request.json`))
        // An effort that the caller named itself is for the vendor to judge.
        const { reasoning: _named, ...plain } = request
        const asks =
          model === 'gpt-4o' ? { ...plain, extensions: withoutReasoning(plain.extensions) } : request
        const { body } = wire.encodeRequest({ ...asks, stream: false }, { model, quirks: {} })
        const unary = wire.decodeResponse(JSON.parse(await send(body)) as JsonObject, asked)
        const streamed = wire.encodeRequest({ ...asks, stream: true }, { model, quirks: {} })
        const decoder = wire.createStreamDecoder(asked)
        const events = sseFrames(await send(streamed.body)).flatMap((frame) => [...decoder.push(frame)])
        decoder.end()
        const said = events
          .flatMap((event) =>
            event.type === 'block-delta' && event.delta.type !== 'signature' && 'text' in event.delta
              ? [event.delta.text]
              : [],
          )
          .join('')
        const parts = unary.candidates[0]?.parts ?? []
        const texts = parts.map((part) =>
          part.type === 'tool-call' ? part.argumentsText : 'text' in part ? part.text : '',
        )
        assert.ok(said.length > 0)
        assert.equal(said, texts.join(''))
      })
    }
  }
}

function withoutReasoning(extensions: JsonObject | undefined): JsonObject {
  const { reasoning: _own, ...own } = (extensions?.['openai-responses'] ?? {}) as JsonObject
  return { ...extensions, ...(extensions?.['openai-responses'] !== undefined && { 'openai-responses': own }) }
}
