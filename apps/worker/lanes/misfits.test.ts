import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { processJob } from '../process-job.ts'
import { fakeDelivery } from '../testing/fake-delivery.ts'
import { answerJson, type SeenRequest, startUpstream } from '../testing/upstream.ts'
import { providerConfig, workerContext } from '../testing/worker-context.ts'

/**
 * Callers of OpenAI's chat wire and providers of it who refuse some of what its callers write. The provider here answers
 * as Mistral does: 422 to a role or a member that its schema lacks, 400 to an id of another form.
 * https://docs.mistral.ai/api/endpoint/chat
 */

type Turn = {
  readonly role: string
  readonly content?: string | null
  readonly tool_call_id?: string
  readonly tool_calls?: readonly { readonly id: string }[]
}

const members = new Set([
  ...[
    'model',
    'messages',
    'temperature',
    'top_p',
    'max_tokens',
    'stream',
    'stop',
    'random_seed',
    'n',
    'tools',
  ],
  ...['response_format', 'tool_choice', 'presence_penalty', 'frequency_penalty', 'parallel_tool_calls'],
  ...['prompt_mode', 'safe_prompt', 'prediction', 'reasoning_effort'],
])
const roles = new Set(['system', 'user', 'assistant', 'tool'])
const turnMembers = new Set(['role', 'content', 'tool_calls', 'tool_call_id', 'prefix', 'name'])

function refusalOf(body: { readonly messages: readonly Turn[] }): readonly [number, unknown] | undefined {
  const strange = [
    ...Object.keys(body).filter((name) => !members.has(name)),
    ...body.messages.flatMap((turn) => Object.keys(turn).filter((name) => !turnMembers.has(name))),
  ]
  if (strange.length > 0) {
    const detail = strange.map((name) => ({
      type: 'extra_forbidden',
      loc: ['body', name],
      msg: 'Extra inputs',
    }))
    return [422, { detail }]
  }
  const role = body.messages.find((turn) => !roles.has(turn.role))?.role
  if (role !== undefined) {
    return [422, { detail: [{ type: 'union_tag_invalid', loc: ['body', 'messages'], msg: `tag '${role}'` }] }]
  }
  const ids = body.messages.flatMap(({ tool_call_id: id, tool_calls: calls = [] }) => [
    ...(id === undefined ? [] : [id]),
    ...calls.map((call) => call.id),
  ])
  const long = ids.find((id) => !/^[A-Za-z0-9]{9}$/.test(id))
  if (long === undefined) return undefined
  const message = `Tool call id was ${long} but must be a-z, A-Z, 0-9, with a length of 9.`
  return [400, { object: 'error', message, type: 'invalid_request_function_call', code: '3280' }]
}

const completion = {
  id: 'cmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'mistral-large-latest',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Fine.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
}

function answerStrictly(response: ServerResponse, { body }: SeenRequest): void {
  const [status, error] = refusalOf(JSON.parse(body)) ?? [200, completion]
  answerJson(response, error, { status })
}

const call = (id: string) => ({ id, type: 'function', function: { name: 'now', arguments: '{"n":1.0}' } })
const user = { role: 'user', content: 'What time is it?' }
const turnsWith = (id: string) => [
  user,
  { role: 'assistant', content: null, tool_calls: [call(id)] },
  { role: 'tool', tool_call_id: id, content: '12:00' },
]
const model = 'mistral-large-latest'
const peek = { model: 'mistral/mistral-large-latest', stream: false, streamUsage: false, fallbacks: [] }

test('a provider is never sent what it refuses of a caller who speaks its wire', async (context) => {
  const upstream = await startUpstream(context, answerStrictly)
  const worker = workerContext(context, [providerConfig('mistral', { network: { baseUrl: upstream.url } })])
  const ask = async (body: object) => {
    const delivery = fakeDelivery({
      target: { provider: 'mistral', model },
      body: JSON.stringify({ model: peek.model, ...body }),
      header: { peek },
    })
    await processJob(worker, delivery)
    const [first] = delivery.reply.frames
    assert.ok(first?.type === 'head', JSON.stringify(first))
    assert.equal(first.status, 200, delivery.reply.text())
    assert.equal(JSON.parse(delivery.reply.text()).choices[0].message.content, 'Fine.')
    return { sent: JSON.parse(upstream.seen.at(-1)?.body ?? '{}'), warnings: first.warnings }
  }

  const instructed = await ask({ messages: [{ role: 'developer', content: 'Be brief.' }, user], seed: 7 })
  assert.deepEqual(instructed.sent.messages, [{ role: 'system', content: 'Be brief.' }, user])
  assert.equal(instructed.sent.random_seed, 7)
  assert.deepEqual(instructed.warnings, [])

  const called = await ask({ messages: turnsWith('call_a1b2c3d4e5f6'), max_completion_tokens: 9 })
  const [, asked, answered] = called.sent.messages
  assert.match(asked.tool_calls[0].id, /^[A-Za-z0-9]{9}$/)
  assert.equal(answered.tool_call_id, asked.tool_calls[0].id)
  assert.equal(asked.tool_calls[0].function.arguments, '{"n":1.0}')
  assert.equal(called.sent.max_tokens, 9)

  const fitting = await ask({ messages: turnsWith('abcDEF123'), temperature: 0.5 })
  assert.deepEqual(fitting.sent, { model, messages: turnsWith('abcDEF123'), temperature: 0.5 })
})

test('the simulated provider refuses what the vendor refuses', () => {
  const statusOf = (body: object) => refusalOf({ messages: [], ...body })?.[0]
  assert.equal(statusOf({ seed: 1 }), 422)
  assert.equal(statusOf({ messages: [{ role: 'developer', content: 'x' }] }), 422)
  assert.equal(statusOf({ messages: turnsWith('call_1') }), 400)
  assert.equal(statusOf({ messages: turnsWith('abcDEF123') }), undefined)
})
