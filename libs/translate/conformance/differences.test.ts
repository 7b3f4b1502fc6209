import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatRequest, ChatWire } from '#contract'
import { openaiChat } from '../wires/openai-chat/index.ts'
import { answerScenarios } from './answers.suite.ts'
import { crossAnswer, sayAnswer } from './cross-answer.suite.ts'
import { crossRequest, sayRequest } from './cross-request.suite.ts'
import { unexplained } from './difference.suite.ts'
import { differences } from './request-differences.suite.ts'
import { ask, assistant, hi, type RequestScenario, say, user } from './request-scenario.suite.ts'
import { requestScenarios } from './requests.suite.ts'

/** The check of the grid can fail: each way of losing something is seen. */

const full = ask({
  messages: [
    { role: 'system', parts: [say('Be brief.')] },
    user(say('Look.'), {
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' },
      detail: 'high',
    }),
    assistant({ type: 'tool-call', id: 'a', name: 'now', argumentsText: '{"zone":"CET"}' }),
    { role: 'tool', parts: [{ type: 'tool-result', callId: 'a', content: [say('12:00')], isError: true }] },
  ],
  sampling: {
    temperature: 0.5,
    topP: 0.5,
    topK: 5,
    seed: 1,
    stop: ['a', 'b'],
    maxOutputTokens: 9,
    candidates: 2,
    logprobs: true,
    topLogprobs: 1,
    frequencyPenalty: 1,
    presencePenalty: 1,
    logitBias: { '1': 1 },
  },
  tools: [
    { type: 'function', name: 'now', description: 'The time.', strict: true, cache: {} },
    { type: 'function', name: 'later' },
  ],
  toolChoice: { type: 'required' },
  parallelToolCalls: false,
  responseFormat: {
    type: 'json-schema',
    name: 'x',
    schema: { type: 'object' },
    strict: true,
    description: 'd',
  },
  reasoning: { effort: 'high' },
  user: 'u',
  metadata: { a: '1' },
  serviceTier: 'flex',
  cacheKey: 'k',
  cache: {},
  extensions: { 'openai-chat': { strange: 1 } },
})

test('a request does not differ from itself', () => {
  assert.deepEqual(differences(full, structuredClone(full), 'openai-chat'), [])
})

const omit = (object: object, name: string) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))

test('every member that is left out is a difference that no warning explains', () => {
  const members = Object.keys(full).filter(
    (name) => !['model', 'stream', 'streamUsage', 'messages', 'sampling'].includes(name),
  )
  const without = [
    ...members.map((name) => [name, omit(full, name)] as const),
    ...Object.keys(full.sampling)
      // A limit may be filled in, but not be lost.
      .map((name) => [name, { ...full, sampling: omit(full.sampling, name) }] as const),
  ]
  assert.ok(without.length > 20)
  for (const [name, after] of without) {
    const found = differences(full, after as ChatRequest, 'openai-chat')
    assert.equal(found.length > 0, true, `${name} can vanish`)
    assert.notDeepEqual(unexplained(found, [{ code: 'unsupported', path: 'something_else' }]), [], name)
  }
})

const edit = (index: number, change: (message: ChatRequest['messages'][number]) => unknown): ChatRequest =>
  ({
    ...full,
    messages: full.messages.map((message, at) => (at === index ? change(message) : message)),
  }) as ChatRequest

const losses: readonly (readonly [string, ChatRequest, string])[] = [
  ['a turn', { ...full, messages: full.messages.slice(0, -1) }, 'messages[3].content[0]'],
  ['a part', edit(1, (turn) => ({ ...turn, parts: turn.parts.slice(0, 1) })), 'messages[1].content[1]'],
  ['a word', edit(0, (turn) => ({ ...turn, parts: [say('Be')] })), 'messages[0].content[0]'],
  [
    'an error mark',
    edit(3, (turn) => ({ ...turn, parts: turn.parts.map((part) => omit(part, 'isError')) })),
    'messages[3].content[0].is_error',
  ],
  [
    'a detail',
    edit(1, (turn) => ({ ...turn, parts: turn.parts.map((part) => omit(part, 'detail')) })),
    'messages[1].content[1].image_url.detail',
  ],
  [
    'an argument',
    edit(2, (turn) => ({ ...turn, parts: turn.parts.map((part) => ({ ...part, argumentsText: '{}' })) })),
    'messages[2].content[0]',
  ],
  ['who speaks', edit(0, (turn) => ({ ...turn, role: 'user' })), 'messages[0]'],
  ['the order', { ...full, messages: full.messages.toReversed() }, 'messages'],
]
for (const [what, after, path] of losses) {
  test(`${what} is missed, and told by a warning at its place alone`, () => {
    const found = differences(full, after, 'openai-chat')
    assert.notDeepEqual(unexplained(found, []), [])
    assert.notDeepEqual(unexplained(found, [{ code: 'changed', path: 'messages[9]' }]), [])
    if (path !== 'messages') assert.deepEqual(unexplained(found, [{ code: 'changed', path }]), [])
  })
}

test('a warning of something that did not happen is a false alarm', () => {
  assert.deepEqual(unexplained([], [{ code: 'unsupported', path: 'top_k' }]), [
    'false alarm: unsupported:top_k',
  ])
})

test('what was made up needs something that was changed', () => {
  const more = { ...full, messages: [...full.messages, hi] }
  assert.notDeepEqual(unexplained(differences(full, more, 'openai-chat'), []), [])
})

/** A wire that forgets a member on the way to the provider. */
const dropping = (name: string): ChatWire => ({
  ...openaiChat,
  encodeRequest: (request, target) => {
    const { body, warnings } = openaiChat.encodeRequest(request, target)
    return { body: omit(body, name) as typeof body, warnings }
  },
})

const scenarioOf = (name: string) => requestScenarios.find((each) => each.name === name) as RequestScenario

for (const [scenario, member] of [
  ['temperature', 'temperature'],
  ['one tool', 'tools'],
  ['seed', 'seed'],
  ['user', 'user'],
] as const) {
  test(`a wire that drops ${member} fails the grid`, () => {
    const said = sayRequest(openaiChat, scenarioOf(scenario))
    const options = { scenario: scenarioOf(scenario), model: 'gpt-6-astra' }
    assert.deepEqual(crossRequest(said, { ...options, to: openaiChat }).problems, [])
    assert.notDeepEqual(crossRequest(said, { ...options, to: dropping(member) }).problems, [])
  })
}

test('a wire that sends what its vendor does not know fails the grid', () => {
  const said = sayRequest(openaiChat, scenarioOf('text'))
  const inventive: ChatWire = {
    ...openaiChat,
    encodeRequest: (request, target) => {
      const { body, warnings } = openaiChat.encodeRequest(request, target)
      return { body: { ...body, made_up: 1 }, warnings }
    },
  }
  const { problems } = crossRequest(said, {
    scenario: scenarioOf('text'),
    to: inventive,
    model: 'gpt-6-astra',
  })
  assert.ok(problems.includes('the vendor refuses: the body has no member made_up'), String(problems))
})

test('a wire whose stream says less than its answer fails the grid', () => {
  const scenario = answerScenarios.find(({ name }) => name === 'parallel tool calls')
  assert.ok(scenario !== undefined)
  const answered = sayAnswer(openaiChat, scenario)
  const forgetful: ChatWire = {
    ...openaiChat,
    createStreamEncoder: (caller) => {
      const encoder = openaiChat.createStreamEncoder(caller)
      return {
        ...encoder,
        push: (event) => ('block' in event && event.block === 1 ? [] : encoder.push(event)),
      }
    },
  }
  assert.deepEqual(crossAnswer(answered, openaiChat).problems, [])
  assert.notDeepEqual(crossAnswer(answered, forgetful).problems, [])
})
