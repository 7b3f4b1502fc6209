import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import type { ChatWire, JsonObject } from '#contract'
import { asked } from '../../asked.suite.ts'
import { encodeSse } from '../../framing/sse.ts'
import { anthropicMessages } from '../anthropic-messages/index.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { caller, encodeEvents, sseFrames } from './fixtures.suite.ts'
import { openaiResponses as wire } from './index.ts'

/** The Vercel client, which speaks this wire unless told otherwise, checks every member that it reads. */

const fixtureOf = (from: ChatWire, name: string) =>
  readFileSync(new URL(`../${from.id}/fixtures/${name}`, import.meta.url), 'utf8')
const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }]
const model = (answer: () => Response) =>
  createOpenAI({ apiKey: 'none', fetch: async () => answer() }).responses('gpt-5.4-mini')

for (const from of [openaiChat, anthropicMessages, wire]) {
  for (const scenario of ['text', 'tools']) {
    test(`reads what ${from.id} answers: ${scenario}`, async () => {
      const original = JSON.parse(fixtureOf(from, `${scenario}.response.json`)) as JsonObject
      const decoded = from.decodeResponse(original, asked)
      const { body } = wire.encodeResponse(decoded, caller)
      const read = await model(() => Response.json(body)).doGenerate({ prompt })
      const parts = decoded.candidates[0]?.parts ?? []
      const known: Readonly<Record<string, string>> = {
        'tool-call': 'tool-call',
        reasoning: 'reasoning',
        text: 'text',
      }
      assert.deepEqual(
        read.content.filter(({ type }) => type !== 'source').map(({ type }) => type),
        parts.flatMap(({ type }) => known[type] ?? []),
      )
      assert.equal(read.finishReason.unified, scenario === 'tools' ? 'tool-calls' : 'stop')

      const decoder = from.createStreamDecoder(asked)
      const events = sseFrames(fixtureOf(from, `${scenario}.sse`)).flatMap((frame) => [
        ...decoder.push(frame),
      ])
      const bytes = Buffer.from(encodeSse(encodeEvents(events).frames))
      const headers = { 'content-type': 'text/event-stream' }
      const { stream } = await model(() => new Response(bytes, { headers })).doStream({ prompt })
      const seen = await Array.fromAsync(stream)
      assert.deepEqual(
        seen.filter((part) => part.type === 'error'),
        [],
      )
      const ended = seen.at(-1)
      assert.ok(ended?.type === 'finish')
      assert.equal(ended.finishReason.unified, scenario === 'tools' ? 'tool-calls' : 'stop')
      const said = seen.flatMap((part) => (part.type === 'text-delta' ? [part.delta] : [])).join('')
      const told = events
        .flatMap((event) =>
          event.type === 'block-delta' && event.delta.type === 'text' && !isReasoning(event.block)
            ? [event.delta.text]
            : [],
        )
        .join('')
      assert.equal(said, told)
      function isReasoning(block: number): boolean {
        return events.some(
          (event) =>
            event.type === 'block-start' && event.block === block && event.start.type === 'reasoning',
        )
      }
    })
  }
}
