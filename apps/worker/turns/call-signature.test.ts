import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryStore } from '#store'
import { processJob } from '../process-job.ts'
import { fakeDelivery } from '../testing/fake-delivery.ts'
import { answerJson, startUpstream } from '../testing/upstream.ts'
import { providerConfig, workerContext } from '../testing/worker-context.ts'

const target = { provider: 'gemini', model: 'gemini-3-pro-preview' }
const peek = { model: 'gemini/gemini-3-pro-preview', stream: false, streamUsage: true, fallbacks: [] }
const signed = {
  functionCall: { name: 'weather', args: { city: 'Oslo' } },
  thoughtSignature: 'c2lnbmVkIGJ5IHRoZSB2ZW5kb3I=',
}
const question = { role: 'user', content: 'Weather in Oslo?' }
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }]

test('Google’s signature of a call, which an OpenAI client has no field for, goes up with the call’s result', async (context) => {
  const upstream = await startUpstream(context, (response) =>
    answerJson(response, {
      candidates: [{ content: { role: 'model', parts: [signed] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
      modelVersion: target.model,
      responseId: 'r1',
    }),
  )
  const provider = providerConfig('gemini', { network: { baseUrl: upstream.url } })
  const worker = workerContext(context, [provider], 0, createMemoryStore())
  const ask = async (messages: readonly object[]) => {
    const body = JSON.stringify({ model: peek.model, tools, messages })
    const delivery = fakeDelivery({ target, body, header: { peek } })
    await processJob(worker, delivery)
    return JSON.parse(delivery.reply.text()).choices[0].message
  }
  const answer = await ask([question])
  const [call] = answer.tool_calls
  await ask([question, answer, { role: 'tool', tool_call_id: call.id, content: 'rain' }])
  const { contents } = JSON.parse(upstream.seen[1]?.body ?? '{}')
  assert.equal(contents[1].parts[0].thoughtSignature, signed.thoughtSignature)
})
