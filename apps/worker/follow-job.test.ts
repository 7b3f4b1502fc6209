import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayError, type JobApi, type JsonObject } from '#contract'
import type { UpstreamResponse } from '#providers'
import { type FollowOptions, followJob } from './follow-job.ts'

/** A job whose `steps` say what is asked next; no pauses. */
const job: JobApi = {
  next({ next }, { stream }) {
    if (typeof next !== 'string') return undefined
    return stream && next.startsWith('/stream')
      ? { path: next, afterMs: 0, stream: true }
      : { path: next, afterMs: 0 }
  },
  cancelPath: () => '/cancel',
  framesOf: ({ text }) => [{ event: 'output', data: String(text) }],
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function answer(body: JsonObject | string, status = 200): UpstreamResponse {
  const isJson = typeof body !== 'string'
  const headers = { 'content-type': isJson ? 'application/json' : 'text/event-stream' }
  return { status, headers, body: bytesOf(isJson ? JSON.stringify(body) : body) }
}

function follow(
  begun: UpstreamResponse,
  answers: (UpstreamResponse | GatewayError)[],
  options: Partial<FollowOptions> = {},
) {
  const asked: string[] = []
  const left: unknown[] = []
  const followed = followJob(begun, {
    job,
    stream: false,
    signal: new AbortController().signal,
    async ask({ method, path }) {
      asked.push(`${method} ${path}`)
      const next = answers.shift() ?? assert.fail('asked too often')
      if (GatewayError.is(next)) throw next
      return next
    },
    onLeftRunning: (error) => left.push(error),
    ...options,
  })
  return { followed, asked, left }
}

async function textOf({ body }: UpstreamResponse): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

const lost = new GatewayError({ kind: 'upstream-failed', code: 'upstream_connection_lost', message: 'lost' })

describe('a job', () => {
  test('that has ended at once is the answer, byte for byte', async () => {
    const begun: UpstreamResponse = { ...answer({}), body: bytesOf('{ "text":1.0 }') }
    const { followed, asked } = follow(begun, [])
    assert.equal(await textOf(await followed), '{ "text":1.0 }')
    assert.deepEqual(asked, [])
  })

  test('is asked about until it has ended', async () => {
    const { followed, asked } = follow(answer({ next: '/a' }), [
      answer({ next: '/a' }),
      answer({ text: 'x' }),
    ])
    assert.equal(await textOf(await followed), '{"text":"x"}')
    assert.deepEqual(asked, ['GET /a', 'GET /a'])
  })

  test('that has a stream gives it as it is', async () => {
    const { followed, asked } = follow(answer({ next: '/stream' }), [answer('data: x\n\n')], { stream: true })
    assert.equal(await textOf(await followed), 'data: x\n\n')
    assert.deepEqual(asked, ['GET /stream'])
  })

  test('that streams elsewhere is asked there, by a question alone', async () => {
    const elsewhere: JobApi = { ...job, next: () => ({ ...streamed, afterMs: 0 }) }
    const streamed = { path: '/stream', origin: 'https://stream.vendor.example', stream: true } as const
    const asked: unknown[] = []
    const { followed } = follow(answer({ next: '/stream' }), [], {
      job: elsewhere,
      stream: true,
      async ask({ method, path, origin, stream }) {
        asked.push({ method, path, origin, stream })
        return answer('data: x\n\n')
      },
    })
    assert.equal(await textOf(await followed), 'data: x\n\n')
    assert.deepEqual(asked, [{ method: 'GET', ...streamed }])
  })

  test('that has none becomes one', async () => {
    const { followed } = follow(answer({ next: '/a' }), [answer({ text: 'x' })], { stream: true })
    const whole = await followed
    assert.match(whole.headers['content-type'] ?? '', /^text\/event-stream/)
    assert.equal(await textOf(whole), 'event: output\ndata: x\n\n')
  })

  test('that was refused is answered with the refusal', async () => {
    const { followed, asked } = follow(answer({ next: '/a' }, 422), [])
    assert.equal((await followed).status, 422)
    assert.deepEqual(asked, [])
  })

  test('goes on while the provider cannot be asked, up to a limit', async () => {
    const passing = [lost, answer({}, 503), answer({}, 429), answer({ text: 'x' })]
    assert.equal((await follow(answer({ next: '/a' }), passing).followed).status, 200)
    const refused = follow(answer({ next: '/a' }), [answer({}, 404)])
    assert.equal((await refused.followed).status, 404)
    const gone = follow(answer({ next: '/a' }), [lost, lost, lost, lost, lost])
    await assert.rejects(gone.followed, lost)
    assert.equal(gone.asked.length, 5)
    const failing = Array.from({ length: 5 }, () => answer({}, 500))
    assert.equal((await follow(answer({ next: '/a' }), failing).followed).status, 500)
  })

  test('that nobody waits for is called off once, and not when it has ended', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { followed, asked } = follow(answer({ next: '/stream' }), [answer('data: x\n\n'), answer({})], {
      stream: true,
      signal,
    })
    await followed
    controller.abort()
    assert.deepEqual(asked, ['GET /stream', 'POST /cancel'])

    const late = new AbortController()
    const done = follow(answer({ next: '/a' }), [answer({ text: 'x' })], { signal: late.signal })
    await done.followed
    late.abort()
    assert.deepEqual(done.asked, ['GET /a'])
  })

  test('that could not be called off is told of', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { promise, resolve } = Promise.withResolvers<unknown>()
    const options = { stream: true, signal, onLeftRunning: resolve }
    await follow(answer({ next: '/stream' }), [answer('data: x\n\n'), lost], options).followed
    controller.abort()
    assert.equal(await promise, lost)
  })

  test('is given up with its deadline', async () => {
    const controller = new AbortController()
    controller.abort()
    const { followed, asked } = follow(answer({ next: '/a' }), [], { signal: controller.signal })
    await assert.rejects(followed)
    assert.deepEqual(asked, [])
  })
})
