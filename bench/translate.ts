/**
 * What a crossing costs: a request of 4 KB decoded from the caller's wire and encoded for the provider's, JSON text to
 * JSON text, and one event of a stream the other way, from the provider's frame to the caller's.
 *
 *   node bench/translate.ts            all pairs of wires
 *   node bench/translate.ts --quick    shorter, less exact
 */
import type { CallerContext, ChatRequest, ChatWire, JsonObject, StreamFrame } from '../libs/contract/index.ts'
import { allChatWires, createFrameDecoder, createFrameEncoder } from '../libs/translate/index.ts'

const goals = { requestMicroseconds: 40, eventMicroseconds: 1.5 }
const quick = process.argv.includes('--quick')
const rounds = quick ? 5 : 15
const roundMicroseconds = quick ? 20_000 : 60_000
/** Runs between two looks at the clock. */
const batch = 8

const paragraph =
  'The weather service answers with the temperature, the wind and the chance of rain for each of the next hours. '
const request: ChatRequest = {
  model: 'the-model',
  stream: true,
  streamUsage: true,
  messages: [
    { role: 'system', parts: [{ type: 'text', text: paragraph.repeat(8) }] },
    { role: 'user', parts: [{ type: 'text', text: `What is the weather in Paris? ${paragraph.repeat(6)}` }] },
    {
      role: 'assistant',
      parts: [
        { type: 'tool-call', id: 'call_1', name: 'get_weather', argumentsText: '{"city":"Paris","days":3}' },
      ],
    },
    {
      role: 'tool',
      parts: [
        { type: 'tool-result', callId: 'call_1', content: [{ type: 'text', text: paragraph.repeat(6) }] },
      ],
    },
    { role: 'assistant', parts: [{ type: 'text', text: paragraph.repeat(6) }] },
    { role: 'user', parts: [{ type: 'text', text: `And in Rome? ${paragraph.repeat(4)}` }] },
  ],
  sampling: { maxOutputTokens: 1000 },
  tools: ['get_weather', 'get_time'].map((name) => ({
    type: 'function',
    name,
    description: 'What the service knows of a city.',
    schema: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city'],
    },
  })),
}
const caller: CallerContext = {
  request,
  requestId: 'r',
  model: 'the-model',
  streamUsage: true,
  nowSeconds: 0,
}
const deltas = 500

type Pair = { readonly from: ChatWire; readonly to: ChatWire }

/**
 * Microseconds of CPU for one of the `times` things that `act` does: the least of the rounds, which what else runs on the
 * machine disturbs least.
 */
function measure(times: number, act: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = -2; round < rounds; round += 1) {
    let runs = 0
    const started = process.cpuUsage()
    let spent = 0
    for (; spent < roundMicroseconds; runs += batch) {
      for (let index = 0; index < batch; index += 1) act()
      const { user, system } = process.cpuUsage(started)
      spent = user + system
    }
    if (round >= 0) least = Math.min(least, spent / (runs * times))
  }
  return least
}

function measureRequest({ from, to }: Pair): number {
  const text = JSON.stringify(from.encodeRequest(request, { model: 'the-model', quirks: {} }).body)
  const address = { model: 'the-model', stream: true }
  const target = { model: 'the-model', quirks: {} }
  return measure(1, () => {
    const body = JSON.parse(text) as JsonObject
    JSON.stringify(to.encodeRequest(from.decodeRequest(body, address).request, target).body)
  })
}

/** The frames of a provider's answer of many small pieces. */
function framesOf(wire: ChatWire): readonly StreamFrame[] {
  const encoder = wire.createStreamEncoder(caller)
  const piece = (index: number) => ({ type: 'text', text: ` word${index}` }) as const
  return [
    ...encoder.push({ type: 'response-start', id: 'answer_1', model: 'the-model' }),
    ...encoder.push({ type: 'block-start', candidate: 0, block: 0, start: { type: 'text' } }),
    ...Array.from({ length: deltas }, (_, index) =>
      encoder.push({ type: 'block-delta', candidate: 0, block: 0, delta: piece(index) }),
    ).flat(),
    ...encoder.push({ type: 'block-end', candidate: 0, block: 0 }),
    ...encoder.push({ type: 'candidate-end', candidate: 0, stopReason: { unified: 'stop', raw: 'stop' } }),
    ...encoder.push({ type: 'usage', usage: { input: { total: 9 }, output: { total: deltas } } }),
    ...encoder.push({ type: 'response-end' }),
  ]
}

/** The provider's frame to the caller's frame. */
function measureEvent({ from, to }: Pair): number {
  const frames = framesOf(to)
  return measure(frames.length, () => {
    const decoder = to.createStreamDecoder({ request, model: 'the-model' })
    const encoder = from.createStreamEncoder(caller)
    for (const frame of frames) for (const event of decoder.push(frame)) encoder.push(event)
    decoder.end()
  })
}

/** The same with the bytes of the network on both sides, two events at a time. */
function measureBytes({ from, to }: Pair): number {
  const frames = framesOf(to)
  const chunks = Array.from({ length: Math.ceil(frames.length / 2) }, (_, index) =>
    createFrameEncoder(to.streamFormat).push(frames.slice(index * 2, index * 2 + 2)),
  )
  return measure(frames.length, () => {
    const reader = createFrameDecoder(to.streamFormat)
    const writer = createFrameEncoder(from.streamFormat)
    const decoder = to.createStreamDecoder({ request, model: 'the-model' })
    const encoder = from.createStreamEncoder(caller)
    for (const chunk of chunks) {
      const out: StreamFrame[] = []
      for (const frame of reader.push(chunk)) {
        for (const event of decoder.push(frame)) out.push(...encoder.push(event))
      }
      writer.push(out)
    }
  })
}

function printTable(title: string, measureOne: (pair: Pair) => number): void {
  const wires = allChatWires()
  console.log(`\n${title}\n`)
  console.log(`| caller ↓ provider → | ${wires.map(({ id }) => id).join(' | ')} |`)
  console.log(`|${' --- |'.repeat(wires.length + 1)}`)
  for (const from of wires) {
    const cells = wires.map((to) => measureOne({ from, to }).toFixed(2))
    console.log(`| ${from.id} | ${cells.join(' | ')} |`)
  }
}

printTable(`A request of 4 KB, text to text, µs (goal: ${goals.requestMicroseconds})`, measureRequest)
printTable(`An event of a stream, frame to frame, µs (goal: ${goals.eventMicroseconds})`, measureEvent)
printTable('The same, bytes to bytes, µs', measureBytes)
