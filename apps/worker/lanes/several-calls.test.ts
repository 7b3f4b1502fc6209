import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import type { JobHeader } from '#contract'
import { processJob } from '../process-job.ts'
import { fakeDelivery } from '../testing/fake-delivery.ts'
import { answerJson, type SeenRequest, startUpstream } from '../testing/upstream.ts'
import { providerConfig, workerContext } from '../testing/worker-context.ts'

const target = { provider: 'bedrock', model: 'amazon.titan-embed-text-v2:0' }
const header: Partial<JobHeader> = {
  operation: 'embeddings',
  wire: 'openai-embeddings',
  peek: { model: `bedrock/${target.model}`, stream: false, streamUsage: false, fallbacks: [] },
}
const textOf = (request: SeenRequest) => JSON.parse(request.body).inputText as string

/** Embeddings of these texts asked for at a Titan that answers as `answer` says. */
async function embed(
  context: TestContext,
  input: readonly string[],
  answer: (response: ServerResponse, request: SeenRequest) => void,
) {
  const upstream = await startUpstream(context, answer)
  const worker = workerContext(context, [providerConfig('bedrock', { network: { baseUrl: upstream.url } })])
  const body = JSON.stringify({ model: `bedrock/${target.model}`, input, dimensions: 256 })
  const delivery = fakeDelivery({ target, body, header })
  await processJob(worker, delivery)
  return { upstream, worker, delivery, last: delivery.reply.frames.at(-1) }
}

test('several texts are as many calls, a few at a time, and one answer in their order', async (context) => {
  const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`)
  let arrived = 0
  let running = 0
  let most = 0
  const held: (() => void)[] = []
  const { upstream, worker, delivery, last } = await embed(context, texts, (response, request) => {
    arrived += 1
    running += 1
    most = Math.max(most, running)
    const number = Number(textOf(request).slice('text '.length))
    response.once('finish', () => {
      running -= 1
    })
    held.push(() => answerJson(response, { embedding: [number, 0.5], inputTextTokenCount: 2 }))
    // The first is alone; the others are held until as many as may be are there. The last come out first.
    const isFull = held.length === 8 || arrived === 1 || arrived === texts.length
    if (!isFull) return
    setTimeout(() => {
      for (const release of held.splice(0).toReversed()) release()
    }, 20)
  })
  assert.equal(most, 8)
  assert.deepEqual(upstream.seen.map(textOf).toSorted(), texts.toSorted())
  assert.ok(upstream.seen.every(({ path }) => path === '/model/amazon.titan-embed-text-v2%3A0/invoke'))
  assert.ok(upstream.seen.every(({ headers }) => headers.authorization === 'Bearer sk-canary-key-1'))
  const answer = JSON.parse(delivery.reply.text())
  assert.deepEqual(
    answer.data.map(({ embedding }: { embedding: number[] }) => embedding),
    texts.map((_text, index) => [index, 0.5]),
  )
  assert.deepEqual(answer.usage, { prompt_tokens: 40, total_tokens: 40 })
  assert.ok(last?.type === 'end')
  assert.equal(last.usage?.input.total, 40)
  assert.deepEqual(worker.calls, [{ ...target, outcome: '200' }])
})

test('the first failure stops the others and is the answer', async (context) => {
  const texts = Array.from({ length: 40 }, (_, index) => `text ${index}`)
  const hanging: SeenRequest[] = []
  const { upstream, worker, last } = await embed(context, texts, (response, request) => {
    if (textOf(request) === 'text 0') answerJson(response, { embedding: [1], inputTextTokenCount: 1 })
    else if (textOf(request) !== 'text 5') hanging.push(request)
    else {
      const headers = { 'x-amzn-errortype': 'ThrottlingException' }
      answerJson(response, { message: 'Too many requests' }, { status: 429, headers })
    }
  })
  assert.ok(last?.type === 'fail')
  assert.equal(last.error.status, 429)
  assert.match(last.error.message, /Too many requests/)
  assert.deepEqual(worker.calls, [{ ...target, outcome: '429' }])
  await Promise.all(hanging.map(({ closed }) => closed))
  assert.ok(upstream.seen.length <= 9, `${upstream.seen.length} calls`)
})

test('what the first call is refused for costs no further ones', async (context) => {
  const { upstream, last } = await embed(context, ['a', 'b', 'c'], (response) =>
    answerJson(response, { message: 'no' }, { status: 400 }),
  )
  assert.equal(upstream.seen.length, 1)
  assert.ok(last?.type === 'fail')
})

test('more texts than are asked for one request are refused by the place of the first that is too many', async (context) => {
  const { upstream, last } = await embed(context, Array(257).fill('a'), () => assert.fail('nothing is sent'))
  assert.equal(upstream.seen.length, 0)
  assert.ok(last?.type === 'fail')
  assert.deepEqual([last.error.status, last.error.param], [400, 'input[256]'])
})
