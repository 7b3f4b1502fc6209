import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as newest from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import * as older from 'client-bedrock-runtime-2025'
import { GatewayError } from '#contract'
import { createFrameEncoder } from '#translate'
import { end, head, startApi, type TestApi, targetsOf } from './testing/start-api.suite.ts'

let api: TestApi
before(async () => {
  api = await startApi({
    file: {
      providers: {
        openai: { keys: [{ value: 'sk-CANARY-openai', models: ['gpt-4o-mini'] }] },
        bedrock: {
          keys: [{ value: 'CANARY-bedrock' }],
          network_config: { base_url: 'https://bedrock-runtime.us-east-1.amazonaws.com' },
        },
      },
    },
  })
})
after(() => api.close())

const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'
const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc'
const messages = [{ role: 'user' as const, content: [{ text: 'private prompt' }] }]
const answer = {
  output: { message: { role: 'assistant', content: [{ text: 'Hello.' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
  metrics: { latencyMs: 5 },
}
const bytesOf = (bytes: Uint8Array) => ({ type: 'chunk', bytes }) as const
const frames = createFrameEncoder('aws-event-stream')

/** Both generations, signing (with a key that is nobody's) and with an API key. */
const clients = [
  { name: 'newest', sdk: newest },
  { name: '2025', sdk: older as unknown as typeof newest },
].flatMap(({ name, sdk }) => {
  // Left alone it speaks HTTP/2 without a word before, which takes TLS or a server that expects it.
  const base = { region: 'us-east-1', maxAttempts: 1, requestHandler: new NodeHttpHandler() }
  const create = (auth: object) => () =>
    new sdk.BedrockRuntimeClient({ ...base, endpoint: `${api.url}/bedrock`, ...auth })
  const signing = { credentials: { accessKeyId: 'AKIDCALLER', secretAccessKey: 'CANARY-caller' } }
  const token = { token: { token: 'caller-key' }, authSchemePreference: ['httpBearerAuth'] }
  return [
    { name: `${name}, signing`, sdk, create: create(signing), tenant: 'AKIDCALLER' },
    { name: `${name}, API key`, sdk, create: create(token), tenant: 'caller-key' },
  ]
})

for (const { name, sdk, create, tenant } of clients) {
  test(`${name}: a whole answer, the model in the path, the credential ours alone`, async () => {
    for (const modelId of [model, arn, `bedrock/${model}`]) {
      const pending = create().send(new sdk.ConverseCommand({ modelId, messages }))
      const job = await api.broker.nextJob()
      const { header, body } = job.submission
      assert.deepEqual(
        [header.surface, header.wire, header.bodyKind, header.peek.stream],
        ['bedrock', 'bedrock-converse', 'wire', false],
      )
      assert.equal(header.peek.model, modelId)
      assert.deepEqual(targetsOf(header), [{ provider: 'bedrock', model: modelId.replace(/^bedrock\//, '') }])
      assert.deepEqual(JSON.parse(Buffer.from(body).toString()), { messages })
      assert.equal(header.tenant.length, 32)
      assert.doesNotMatch(JSON.stringify(header), new RegExp(`CANARY|Signature|${tenant}`))
      job.send(head(), bytesOf(Buffer.from(JSON.stringify(answer))), end())
      const { output } = await pending
      assert.equal(output?.message?.content?.[0]?.text, 'Hello.')
    }
  })

  test(`${name}: a stream, crossing to another provider, and its error inside`, async () => {
    const pending = create().send(new sdk.ConverseStreamCommand({ modelId: 'openai/gpt-4o-mini', messages }))
    const job = await api.broker.nextJob()
    const { header, body } = job.submission
    assert.deepEqual([header.bodyKind, header.peek.stream], ['canonical', true])
    assert.equal((JSON.parse(Buffer.from(body).toString()) as { stream: boolean }).stream, true)
    job.send(
      head({ headers: { 'content-type': 'application/vnd.amazon.eventstream' } }),
      bytesOf(
        frames.push([
          { event: 'messageStart', data: '{"role":"assistant"}' },
          { event: 'contentBlockDelta', data: '{"contentBlockIndex":0,"delta":{"text":"Hel"}}' },
        ]),
      ),
    )
    const { stream } = await pending
    const seen: string[] = []
    await assert.rejects(
      async () => {
        for await (const event of stream ?? []) {
          seen.push(event.contentBlockDelta?.delta?.text ?? Object.keys(event)[0] ?? '')
          if (event.contentBlockDelta === undefined) continue
          const error = new GatewayError({ kind: 'queue-full', code: 'slow', message: 'slow down' }).toData()
          job.send({ type: 'fail', error, attempts: [] })
        }
      },
      (raised: Error) => raised.name === 'ThrottlingException' && raised.message === 'slow down',
    )
    assert.deepEqual(seen, ['messageStart', 'Hel'])
  })

  test(`${name}: errors before the first byte raise the vendor's classes`, async () => {
    const send = (modelId: string, body: object = { messages }) =>
      create().send(new sdk.ConverseCommand({ modelId, ...body } as newest.ConverseCommandInput))
    await assert.rejects(send('mistral/large'), (raised) => {
      assert.ok(raised instanceof sdk.ResourceNotFoundException)
      assert.equal(raised.$metadata.httpStatusCode, 404)
      assert.ok(raised.$metadata.requestId)
      return true
    })
    await assert.rejects(send('openai/gpt-4o-mini', { messages: [] }), sdk.ValidationException)
    const image = { image: { format: 'png', source: { s3Location: { uri: 's3://b/k' } } } }
    const cut = { messages: [{ role: 'user', content: [image, { toolResult: { content: [] } }] }] }
    await assert.rejects(send('openai/gpt-4o-mini', cut), sdk.ValidationException)
  })
}

test("paths below the surface that are not served answer in the vendor's shape", async () => {
  const wrongMethod = await fetch(`${api.url}/bedrock/model/a%2Fb/converse`)
  assert.equal(wrongMethod.status, 405)
  assert.equal(wrongMethod.headers.get('x-amzn-errortype'), 'ValidationException')
  const unknown = await api.post('/bedrock/model/m/nothing', {})
  assert.equal(unknown.status, 404)
  assert.equal(unknown.headers.get('x-amzn-errortype'), 'ResourceNotFoundException')
  assert.deepEqual(Object.keys((await unknown.json()) as object), ['message'])
  const malformed = await api.post('/bedrock/model/m/converse', '{"messages"')
  assert.equal(malformed.status, 400)
  assert.equal(malformed.headers.get('x-amzn-errortype'), 'ValidationException')
})
