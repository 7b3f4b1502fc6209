/**
 * Every registered provider that can be asked for chat, held to fixtures of its own: what it answers is decoded by the
 * wire that its facts name, and what we ask it with keeps to its quirks. `UPDATE_GOLDENS=1` writes `request.golden.json`
 * anew.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  type AnyProviderWire,
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  GatewayError,
  type Quirks,
  type WireId,
} from '#contract'
import { callerWireOf, createFrameDecoder, fitBody, providerWireOf } from '#translate'
import { type Endpoint, type ProviderFacts, registered } from './catalogue.ts'

/** One way to chat with a provider, and where its fixtures are: the first endpoint's in `fixtures/`, others' below. */
type Subject = { readonly facts: ProviderFacts; readonly endpoint: Endpoint; readonly folder: string }

/**
 * Endpoints that are the vendor's own API of another name (a second wire for all models) are passed on, not decoded;
 * other paths of the first one's wire answer as it does.
 */
function subjectsOf(facts: ProviderFacts): readonly Subject[] {
  const [first, ...others] = facts.operations.chat ?? []
  if (first === undefined) return []
  const home = join(import.meta.dirname, vendorFolder(facts.id), 'fixtures')
  const named = others.filter(
    ({ models, wire }) => models !== undefined && wire !== first.wire && !isCallersAlone(wire),
  )
  const below = new Map(named.map((endpoint) => [endpoint.wire, endpoint]))
  return [
    { facts, endpoint: first, folder: home },
    ...[...below.values()].map((endpoint) => {
      const other = named.find(({ wire }) => wire === endpoint.wire) ?? endpoint
      return { facts, endpoint: other, folder: join(home, other.wire) }
    }),
  ]
}

/** A wire that is passed on to who has it and never encoded by us. */
function isCallersAlone(wire: WireId): boolean {
  return callerWireOf(wire) !== undefined && providerWireOf(wire) === undefined
}

/** Two ids of one vendor share a folder. */
function vendorFolder(id: string): string {
  if (existsSync(join(import.meta.dirname, id))) return id
  const facts = registered.get(id)
  const twin = [...registered.values()].find(
    (other) =>
      other.id !== id &&
      other.operations === facts?.operations &&
      existsSync(join(import.meta.dirname, other.id)),
  )
  return twin?.id ?? id
}

const subjects = [...registered.values()].flatMap(subjectsOf)
const readText = ({ folder }: Subject, name: string) => readFileSync(join(folder, name), 'utf8')
const readJson = (subject: Subject, name: string) => JSON.parse(readText(subject, name))
const nameOf = ({ facts, endpoint, folder }: Subject) =>
  folder.endsWith('fixtures') ? facts.id : `${facts.id} (${endpoint.wire})`

/** A request that holds what some provider or other refuses. */
const request: ChatRequest = {
  model: 'the-model',
  stream: true,
  streamUsage: true,
  messages: [
    { role: 'developer', parts: [{ type: 'text', text: 'Be brief.' }] },
    { role: 'user', parts: [{ type: 'text', text: 'Weather in Paris?' }] },
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'One call.' },
        { type: 'tool-call', id: 'call_1', name: 'get_weather', argumentsText: '{"city": "Paris"}' },
      ],
    },
    {
      role: 'tool',
      parts: [{ type: 'tool-result', callId: 'call_1', content: [{ type: 'text', text: '22 degrees' }] }],
    },
  ],
  tools: [
    {
      type: 'function',
      name: 'get_weather',
      schema: { type: 'object', properties: { city: { type: 'string' } } },
    },
  ],
  sampling: {
    maxOutputTokens: 100,
    temperature: 0.2,
    seed: 7,
    frequencyPenalty: 0.1,
    presencePenalty: 0.1,
    logprobs: true,
    topLogprobs: 2,
    logitBias: { '50256': -100 },
  },
  user: 'u-1',
  metadata: { team: 'blue' },
}
const asked = { request, model: 'the-model' }

function decodeStream(wire: AnyProviderWire, bytes: Uint8Array): ChatEvent[] {
  const frames = createFrameDecoder(wire.streamFormat)
  const decoder = wire.createStreamDecoder(asked)
  const events = [...frames.push(bytes), ...frames.end()].flatMap((frame) => [...decoder.push(frame)])
  return [...events, ...decoder.end()]
}

function checkWhole(wire: AnyProviderWire, json: never, reason: string): ChatResponse {
  const response = wire.decodeResponse(json, asked) as ChatResponse
  const [candidate] = response.candidates
  assert.equal(candidate?.stopReason.unified, reason)
  assert.ok((response.usage?.input.total ?? 0) > 0, 'no input tokens were found')
  assert.ok((response.usage?.output.total ?? 0) > 0, 'no output tokens were found')
  assert.ok(wire.tapResponse(json).usage?.output.total)
  return response
}

/** Whether its streams say how many tokens they were. */
function countsStreams(subject: Subject): boolean {
  const home = join(import.meta.dirname, vendorFolder(subject.facts.id), 'fixtures/PROVENANCE.md')
  return !/streams do not count tokens/.test(readFileSync(home, 'utf8'))
}

function checkAnswers(subject: Subject, wire: AnyProviderWire): void {
  test('a text is decoded, with its usage and its reason to stop', () => {
    const { candidates } = checkWhole(wire, readJson(subject, 'text.response.json') as never, 'stop')
    const texts = candidates[0]?.parts.flatMap((part) => (part.type === 'text' ? part.text : [])) ?? []
    assert.equal(texts.join(''), 'Hello there.')
  })

  const hasTools = existsSync(join(subject.folder, 'tools.response.json'))
  test(
    hasTools ? 'a tool call is decoded' : 'that there are no tool calls is said where the fixtures come from',
    () => {
      if (!hasTools) {
        assert.match(readText(subject, 'PROVENANCE.md'), /no tool calls/)
        return
      }
      const { candidates } = checkWhole(wire, readJson(subject, 'tools.response.json') as never, 'tool-calls')
      const call = candidates[0]?.parts.find((part) => part.type === 'tool-call')
      assert.equal(call?.name, 'get_weather')
      assert.deepEqual(JSON.parse(call.argumentsText), { city: 'Paris' })
    },
  )

  test('a stream is decoded to its natural end, and the tap sees the same', () => {
    const name = ['text.sse', 'text.bin'].find((file) => existsSync(join(subject.folder, file))) ?? 'text.sse'
    const bytes = readFileSync(join(subject.folder, name))
    const events = decodeStream(wire, bytes)
    const text = events.map((event) =>
      event.type === 'block-delta' && event.delta.type === 'text' ? event.delta.text : '',
    )
    assert.match(text.join(''), /Hello there\.$/)
    const counted = countsStreams(subject) ? 9 : undefined
    assert.equal(events.findLast((event) => event.type === 'usage')?.usage.output.total, counted)
    assert.equal(events.find((event) => event.type === 'candidate-end')?.stopReason.unified, 'stop')
    assert.equal(events.at(-1)?.type, 'response-end')
    const tap = wire.createStreamTap({ withholdUsage: false })
    const frames = createFrameDecoder(wire.streamFormat)
    for (const frame of [...frames.push(bytes), ...frames.end()]) assert.equal(tap.push(frame), 'forward')
    assert.ok(tap.complete())
    assert.equal(tap.facts().usage?.output.total, counted)
  })

  test('an error keeps its status and what the vendor said', () => {
    const { status, headers = {}, body } = readJson(subject, 'error.json')
    const provider = subject.facts.id
    const error = wire.decodeError({ provider, status, headers, text: JSON.stringify(body), nowMs: 0 })
    assert.ok(GatewayError.is(error))
    assert.deepEqual(
      [error.kind, error.status, error.upstream?.provider],
      ['upstream-rejected', status, provider],
    )
    const said = [...JSON.stringify(body).matchAll(/"(?:message|msg|error|detail)":"([^"]+)"/g)].map(
      ([, text]) => text,
    )
    assert.ok(said.length > 0)
    // The rest of an address that ends in "api-keys" may be masked.
    assert.ok(
      said.some((text = '') => error.message.includes(text.slice(0, 40))),
      error.message,
    )
  })
}

function checkRequest(subject: Subject, wire: AnyProviderWire): void {
  const quirks: Quirks = { ...subject.facts.quirks, ...subject.endpoint.quirks }
  const encoded = wire.encodeRequest(request, { model: 'the-model', quirks })
  const { body, warnings } = fitBody(encoded.body, quirks)

  test('a request holds nothing that the provider refuses, and says what was left out', () => {
    for (const name of [
      ...(quirks.refuses ?? []),
      ...Object.keys(quirks.renames ?? {}),
      ...(quirks.envelope?.remove ?? []),
    ])
      assert.ok(!Object.hasOwn(body, name), `${name} would be refused`)
    const left = (quirks.refuses ?? []).filter((name) => Object.hasOwn(encoded.body, name))
    for (const name of left) assert.ok(warnings.some(({ path }) => path === name))
    for (const [name, value] of Object.entries(quirks.envelope?.add ?? {}))
      assert.deepEqual(body[name], value)
    if (quirks.noStreamOptions === true) assert.ok(!Object.hasOwn(body, 'stream_options'))
    if (quirks.maxTokensField !== undefined) assert.equal(body[quirks.maxTokensField], 100)
  })

  if (Object.keys(quirks).length === 0) return
  test('a request reads as it is known to', () => {
    const path = join(subject.folder, 'request.golden.json')
    const text = `${JSON.stringify(body, null, 2)}\n`
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(path, text)
    assert.equal(existsSync(path) ? readFileSync(path, 'utf8') : 'missing: run with UPDATE_GOLDENS=1', text)
  })
}

for (const subject of subjects) {
  describe(nameOf(subject), () => {
    test('has fixtures, and they say where they come from', () => {
      const provenance = readFileSync(
        join(import.meta.dirname, vendorFolder(subject.facts.id), 'fixtures/PROVENANCE.md'),
        'utf8',
      )
      assert.match(provenance, /\d{4}-\d{2}-\d{2}/)
      assert.match(provenance, /API version: \S/)
      assert.match(provenance, /https:\/\//)
      for (const name of ['text.response.json', 'error.json']) readJson(subject, name)
    })
    const wire = providerWireOf(subject.endpoint.wire)
    // A wire that this build does not speak yet: its fixtures wait for it.
    if (wire === undefined) return
    checkAnswers(subject, wire)
    checkRequest(subject, wire)
  })
}

test('every provider that can be asked for chat was looked at', () => {
  assert.ok(subjects.length >= 25)
})

test('reasoning in chunks of content is reasoning', () => {
  const subject = subjects.find(({ facts }) => facts.id === 'mistral') ?? assert.fail()
  const wire = providerWireOf('openai-chat') ?? assert.fail()
  const response = wire.decodeResponse(readJson(subject, 'thinking.response.json'), asked) as ChatResponse
  assert.deepEqual(response.candidates[0]?.parts, [
    { type: 'reasoning', text: 'A greeting.' },
    { type: 'text', text: 'Hello there.' },
  ])
  const events = decodeStream(wire, readFileSync(join(subject.folder, 'thinking.sse')))
  const started = events.flatMap((event) => (event.type === 'block-start' ? event.start.type : []))
  assert.deepEqual(started, ['reasoning', 'text'])
})
