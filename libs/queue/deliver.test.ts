import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Frame, GatewayError, jobVersion } from '#contract'
import type { Delivery, Outcome } from './broker.ts'
import { deliver } from './deliver.ts'
import { clientGone } from './errors.ts'
import { answer, submission } from './helpers.suite.ts'
import { createReplyWriter } from './reply-writer.ts'

function delivery(
  changes: Partial<Delivery> & { readonly retrySafe?: boolean; readonly startByMs?: number },
) {
  const { startByMs } = changes
  const frames: Frame[] = []
  const sink = { write: (frame: Frame) => frames.push(frame), unreadBytes: 0, below: async () => {} }
  const { header, body } = submission({ header: { retrySafe: changes.retrySafe ?? false } })
  const one: Delivery = {
    header: {
      ...header,
      version: jobVersion,
      admittedAtMs: 0,
      deadlineMs: 100,
      replyTo: 'api',
      ...(startByMs !== undefined && { startByMs }),
    },
    target: { provider: 'openai', model: 'm' },
    body,
    run: 0,
    retryState: undefined,
    queueMs: 0,
    remainingMs: () => 1,
    signal: new AbortController().signal,
    reply: createReplyWriter(sink),
    hop: () => Promise.reject(new Error('nowhere to go')),
    ...changes,
  }
  return { one, frames }
}

const cases: readonly (readonly [string, Parameters<typeof delivery>[0], string | undefined])[] = [
  ['a fresh job runs', {}, undefined],
  ['a job that was started before does not run again', { run: 1 }, 'upstream_outcome_unknown'],
  ['unless it is retry safe', { run: 1, retrySafe: true }, undefined],
  [
    'started before comes before cancelled',
    { run: 1, signal: AbortSignal.abort(clientGone()) },
    'upstream_outcome_unknown',
  ],
  ['a cancelled job does not run', { signal: AbortSignal.abort(clientGone()) }, 'client_gone'],
  ['an expired job does not run', { remainingMs: () => 0 }, 'queue_timeout'],
  ['a job that waited too long does not start', { startByMs: 40, remainingMs: () => 50 }, 'queue_timeout'],
  ['one that waited almost as long does', { startByMs: 50, remainingMs: () => 50 }, undefined],
  ['nor is a retry held to it', { startByMs: 40, remainingMs: () => 50, retryState: {} }, undefined],
  ['nor a second run', { startByMs: 40, remainingMs: () => 50, run: 1, retrySafe: true }, undefined],
]

for (const [title, changes, code] of cases) {
  test(title, async () => {
    let ran = false
    const { one, frames } = delivery(changes)
    const process = (job: Delivery): Promise<Outcome> => {
      ran = true
      return answer(job)
    }
    assert.deepEqual(await deliver(one, process, (error) => assert.ifError(error)), { type: 'done' })
    const last = frames.at(-1)
    assert.equal(ran, code === undefined)
    assert.equal(last?.type === 'fail' ? last.error.code : undefined, code)
  })
}

test('what a processor throws is reported once and shown to nobody', async () => {
  const { one, frames } = delivery({})
  const errors: unknown[] = []
  const secret = new Error('secret')
  await deliver(
    one,
    () => Promise.reject(secret),
    (error) => errors.push(error),
  )
  assert.deepEqual(errors, [secret])
  assert.ok(!JSON.stringify(frames).includes('secret'))
  assert.equal(frames.length, 1)
})

test('a GatewayError that a processor throws is the answer', async () => {
  const { one, frames } = delivery({})
  await deliver(
    one,
    () => Promise.reject(clientGone()),
    () => {},
  )
  const last = frames[0]
  assert.equal(last?.type === 'fail' && GatewayError.fromData(last.error).code, 'client_gone')
})

test('what has gone on does not come back, whatever its processor says', async () => {
  const { one } = delivery({})
  const process = async ({ reply }: Delivery): Promise<Outcome> => {
    reply.fail({ error: clientGone().toData(), attempts: [] })
    return { type: 'delayed', delayMs: 1, retryState: {} }
  }
  assert.deepEqual(await deliver(one, process, (error) => assert.ifError(error)), { type: 'done' })
})
