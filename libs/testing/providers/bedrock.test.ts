import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as newest from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import * as older from 'client-bedrock-runtime-2025'
import type { JsonObject } from '#contract'
import {
  replay,
  type SimulatedProviders,
  simulatedAwsCredentials,
  simulatedKeys,
  startSimulatedProviders,
} from './index.ts'

const generations = [
  ['newest', newest],
  ['2025', older as unknown as typeof newest],
] as const

for (const [name, sdk] of generations) {
  describe(`simulated Amazon Bedrock, seen by the client of ${name}`, () => {
    let providers: SimulatedProviders
    before(async () => {
      providers = await startSimulatedProviders()
    })
    after(() => providers.close())

    const signing = { credentials: simulatedAwsCredentials }
    const client = (auth: object = signing) =>
      new sdk.BedrockRuntimeClient({
        region: 'us-east-1',
        endpoint: providers.url,
        maxAttempts: 1,
        // Left alone it speaks HTTP/2 without a word before.
        requestHandler: new NodeHttpHandler(),
        ...auth,
      })
    const bearer = (token: string) => ({ token: { token }, authSchemePreference: ['httpBearerAuth'] })
    const claude = 'us.anthropic.claude-3-5-sonnet-20241022-v2:0'
    const ask = (text: string) => [{ role: 'user' as const, content: [{ text }] }]
    const converse = (input: object, auth?: object) =>
      client(auth).send(new sdk.ConverseCommand({ modelId: claude, ...input } as newest.ConverseCommandInput))
    const stream = async (input: object) => {
      const answer = await client().send(
        new sdk.ConverseStreamCommand({ modelId: claude, ...input } as newest.ConverseStreamCommandInput),
      )
      return Array.fromAsync(answer.stream ?? [])
    }
    const raises = (pending: Promise<unknown>, exception: string, message: RegExp) =>
      assert.rejects(pending, (raised) => {
        assert.ok(raised instanceof sdk.BedrockRuntimeServiceException, String(raised))
        assert.equal(raised.name, exception)
        assert.match(raised.message, message)
        return true
      })

    it('ranks documents through InvokeModel, and refuses what the model does not know', async () => {
      const invoke = async (input: object) => {
        const body = JSON.stringify({ api_version: 2, query: 'a b', documents: ['b', 'a b'], ...input })
        const answer = await client().send(
          new sdk.InvokeModelCommand({
            modelId: 'cohere.rerank-v3-5:0',
            contentType: 'application/json',
            body,
          }),
        )
        return JSON.parse(Buffer.from(answer.body).toString('utf8'))
      }
      assert.deepEqual(await invoke({ top_n: 1 }), { results: [{ index: 1, relevance_score: 1 }] })
      await raises(invoke({ model: 'm' }), 'ValidationException', /extraneous key \[model\]/)
      await raises(invoke({ api_version: 1 }), 'ValidationException', /api_version/)
      await raises(invoke({ top_n: 0 }), 'ValidationException', /'top_n'/)
    })

    it('answers with the last user text', async () => {
      const answer = await converse({ messages: ask('nonce-1'), system: [{ text: 'Be brief.' }] })
      assert.deepEqual(answer.output?.message?.content, [{ text: 'You said: nonce-1' }])
      assert.equal(answer.stopReason, 'end_turn')
      assert.ok((answer.usage?.totalTokens ?? 0) > 0)
      assert.ok(answer.metrics?.latencyMs)
      assert.match(answer.$metadata.requestId ?? '', /^req_/)
      const call = await providers.callEnded({ vendor: 'bedrock', nonce: 'nonce-1' })
      assert.deepEqual([call.model, call.stream], [claude, false])
    })

    it('streams the vendor events in order, whatever the packets', async () => {
      for (const modelId of [claude, 'simulated-byte-split']) {
        const events = await stream({ modelId, messages: ask('one two') })
        assert.deepEqual(
          events.map((event) => Object.keys(event)[0]),
          [
            'messageStart',
            ...Array(4).fill('contentBlockDelta'),
            'contentBlockStop',
            'messageStop',
            'metadata',
          ],
        )
        const text = events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('')
        assert.equal(text, 'You said: one two')
      }
    })

    it('ends by length and by stop sequence', async () => {
      const short = await converse({ messages: ask('alpha beta'), inferenceConfig: { maxTokens: 2 } })
      assert.equal(short.stopReason, 'max_tokens')
      const inferenceConfig = { stopSequences: [' beta'] }
      assert.equal(
        (await converse({ messages: ask('alpha beta'), inferenceConfig })).stopReason,
        'stop_sequence',
      )
    })

    it('calls a tool, unary and streamed, then answers the result', async () => {
      const schema = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] }
      const toolConfig = { tools: [{ toolSpec: { name: 'weather', inputSchema: { json: schema } } }] }
      const answer = await converse({ messages: ask('Paris'), toolConfig })
      const content = answer.output?.message?.content ?? []
      const use = content[0]?.toolUse
      assert.deepEqual(use?.input, { place: 'Paris' })
      assert.equal(answer.stopReason, 'tool_use')
      const events = await stream({ messages: ask('Paris'), toolConfig })
      assert.equal(events[1]?.contentBlockStart?.start?.toolUse?.name, 'weather')
      const input = events.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? '').join('')
      assert.deepEqual(JSON.parse(input), use?.input)
      const toolResult = { toolUseId: use?.toolUseId, content: [{ text: 'sunny' }] }
      const messages = [
        ...ask('Paris'),
        { role: 'assistant', content },
        { role: 'user', content: [{ toolResult }] },
      ]
      const last = await converse({ messages, toolConfig })
      assert.equal(last.output?.message?.content?.[0]?.text, 'You said: sunny')
      await raises(converse({ messages }), 'ValidationException', /toolConfig field must be defined/)
    })

    it('takes API keys and signatures, and refuses wrong ones', async () => {
      const messages = ask('x')
      await converse({ messages }, bearer(simulatedKeys.bedrock))
      await converse({ messages }, bearer(`${simulatedKeys.bedrock}-second`))
      await raises(converse({ messages }, bearer('wrong')), 'AccessDeniedException', /API Key is valid/)
      const { accessKeyId } = simulatedAwsCredentials
      const badSecret = { credentials: { accessKeyId, secretAccessKey: 'wrong' } }
      await raises(converse({ messages }, badSecret), 'InvalidSignatureException', /does not match/)
      const badId = { credentials: { ...simulatedAwsCredentials, accessKeyId: 'AKIANOBODY' } }
      await raises(converse({ messages }, badId), 'UnrecognizedClientException', /security token/)
      const session = { credentials: { ...simulatedAwsCredentials, sessionToken: 'a session' } }
      await converse({ messages }, session)
      const none = await fetch(`${providers.url}/model/m/converse`, { method: 'POST', body: '{}' })
      assert.equal(none.status, 403)
      assert.match(none.headers.get('x-amzn-errortype') ?? '', /^MissingAuthenticationTokenException:/)
    })

    it('fails as the vendor does, by the name of the model', async () => {
      const of = (modelId: string) => converse({ modelId, messages: ask('a b c d e') })
      await raises(of('simulated-429-retry-2'), 'ThrottlingException', /Too many requests/)
      await raises(of('simulated-503'), 'ServiceUnavailableException', /unable/)
      await raises(of('simulated-500'), 'InternalServerException', /unexpected error/)
      await raises(of('simulated-408'), 'ModelTimeoutException', /too long/)
      await raises(of('simulated-404'), 'ResourceNotFoundException', /not found/)
      await raises(of('gpt-4o'), 'ValidationException', /model identifier is invalid/)
      await assert.rejects(of('simulated-reset-after-request'))
      const streamed = (modelId: string) => stream({ modelId, messages: ask('a b c d e') })
      await raises(streamed('simulated-in-stream-error'), 'ModelStreamErrorException', /ended with an error/)
      await assert.rejects(streamed('simulated-broken-json'))
      await assert.rejects(streamed('simulated-reset-mid-stream'))
    })

    it('replays a recorded stream, byte for byte', async () => {
      const whole = Buffer.from(
        await (
          await fetch(`${providers.url}/model/${encodeURIComponent(claude)}/converse-stream`, {
            method: 'POST',
            headers: { authorization: `Bearer ${simulatedKeys.bedrock}` },
            body: JSON.stringify({ messages: ask('recorded') }),
          })
        ).arrayBuffer(),
      )
      providers.script({ match: { nonce: 'again' }, behaviour: replay(whole), times: 1 })
      const events = await stream({ messages: ask('again') })
      const text = events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('')
      assert.equal(text, 'You said: recorded')
    })
  })
}

describe('simulated Amazon Bedrock refuses what the vendor would', () => {
  let providers: SimulatedProviders
  before(async () => {
    providers = await startSimulatedProviders()
  })
  after(() => providers.close())

  const hi = [{ role: 'user', content: [{ text: 'hi' }] }]
  const content = (...blocks: readonly JsonObject[]) => ({ messages: [{ role: 'user', content: blocks }] })
  const image = (source: JsonObject) => content({ image: { format: 'png', source } })
  const document = (name: string) => ({ document: { name, format: 'pdf', source: { bytes: 'AA==' } } })
  const tool = (spec: JsonObject) => ({ messages: hi, toolConfig: { tools: [{ toolSpec: spec }] } })
  const refusals: readonly [string, JsonObject, RegExp][] = [
    ['no messages', {}, /'messages' failed.*not be null/],
    ['empty messages', { messages: [] }, /messages field is empty/],
    [
      'the assistant first',
      { messages: [{ role: 'assistant', content: [{ text: 'x' }] }] },
      /start with a user/,
    ],
    ['a role twice', { messages: [...hi, ...hi] }, /must alternate/],
    [
      'a system turn at an old model',
      { messages: [...hi, { role: 'system', content: [{ text: 'x' }] }] },
      /enum value set/,
    ],
    ['empty content', content(), /content field in the Message object at messages\.0 is empty/],
    ['a blank text', content({ text: ' ' }), /messages\.0\.content\.0 is blank/],
    ['two members of a union', content({ text: 'a', image: {} }), /exactly one member/],
    ['an unknown block', content({ smell: 'x' }), /extraneous key \[smell\]/],
    ['an image by URL', image({ url: 'https://a/b.png' }), /extraneous key \[url\]/],
    [
      'an image of another format',
      content({ image: { format: 'tiff', source: { bytes: '' } } }),
      /enum value set/,
    ],
    ['bytes that are none', image({ bytes: '?' }), /no blob/],
    ['a document alone', content(document('a')), /document but no text/],
    ['a document twice', content({ text: 'x' }, document('a'), document('a')), /duplicate/],
    ['a bad document name', content({ text: 'x' }, document('a.pdf')), /document file name can only/],
    ['a result of no call', content({ toolResult: { toolUseId: 'a', content: [] } }), /exceeds the number/],
    ['a tool without schema', tool({ name: 'a' }), /inputSchema.*not be null/],
    [
      'a bad tool name',
      tool({ name: 'a.b', inputSchema: { json: { type: 'object' } } }),
      /regular expression/,
    ],
    ['no tools', { messages: hi, toolConfig: { tools: [] } }, /length greater/],
    [
      'temperature above 1',
      { messages: hi, inferenceConfig: { temperature: 1.5 } },
      /less than or equal to 1/,
    ],
    ['an unknown member', { messages: hi, model: 'x' }, /extraneous key \[model\]/],
    ['metadata that is no text', { messages: hi, requestMetadata: { a: 1 } }, /no string/],
    [
      'a budget above the limit',
      {
        messages: hi,
        inferenceConfig: { maxTokens: 2000 },
        additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2000 } },
      },
      /max_tokens/,
    ],
  ]
  for (const [name, body, message] of refusals) {
    it(name, async () => {
      const model = encodeURIComponent('anthropic.claude-3-7-sonnet-20250219-v1:0')
      const response = await fetch(`${providers.url}/model/${model}/converse`, {
        method: 'POST',
        headers: { authorization: `Bearer ${simulatedKeys.bedrock}` },
        body: JSON.stringify(body),
      })
      assert.equal(response.status, 400)
      assert.match(response.headers.get('x-amzn-errortype') ?? '', /^(Validation|Serialization)Exception:/)
      assert.match(((await response.json()) as { message: string }).message, message)
    })
  }

  it('lists its models', async () => {
    const headers = { authorization: `Bearer ${simulatedKeys.bedrock}` }
    const list = await (await fetch(`${providers.url}/foundation-models`, { headers })).json()
    const ids = (list as { modelSummaries: { modelId: string }[] }).modelSummaries.map(
      ({ modelId }) => modelId,
    )
    assert.ok(ids.includes('amazon.nova-pro-v1:0'))
    const one = await fetch(`${providers.url}/foundation-models/amazon.nova-pro-v1%3A0`, { headers })
    assert.equal(one.status, 200)
  })
})
