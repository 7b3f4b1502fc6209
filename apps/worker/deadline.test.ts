import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { GatewayError } from '#contract'
import { createDeadline } from './deadline.ts'

function setup(context: TestContext, firstByteMs?: number, requestMs = 100) {
  context.mock.timers.reset()
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const parent = new AbortController()
  const deadline = createDeadline({
    parent: parent.signal,
    requestMs,
    firstByteMs,
    streamIdleMs: 30,
    streamTotalMs: 200,
  })
  const pass = (milliseconds: number) => context.mock.timers.tick(milliseconds)
  const code = () => {
    const reason: unknown = deadline.signal.reason
    return GatewayError.is(reason) ? `${reason.kind} ${reason.code}` : undefined
  }
  return { parent, deadline, pass, code }
}

test('a unary answer is bounded by the request timeout', (context) => {
  const { pass, code } = setup(context)
  pass(99)
  assert.equal(code(), undefined)
  pass(1)
  assert.equal(code(), 'timeout upstream_timeout')
})

test('a request whose time is up already is not asked for', (context) => {
  for (const requestMs of [0, -20]) {
    assert.equal(setup(context, undefined, requestMs).code(), 'timeout upstream_timeout')
  }
})

test('an answer that does not begin in time, though the request has time left', (context) => {
  const { pass, code } = setup(context, 50)
  pass(49)
  assert.equal(code(), undefined)
  pass(1)
  assert.equal(code(), 'timeout first_byte_timeout')
})

test('an answer that has begun in time may take as long as the request', (context) => {
  const { deadline, pass, code } = setup(context, 50)
  pass(49)
  deadline.headArrived()
  pass(50)
  assert.equal(code(), undefined)
  pass(1)
  assert.equal(code(), 'timeout upstream_timeout')
})

test('a stream that has begun may outlive the request timeout', (context) => {
  const { deadline, pass, code } = setup(context)
  pass(90)
  deadline.streamStarted()
  for (let round = 0; round < 5; round++) {
    deadline.waiting()
    pass(20)
    deadline.arrived()
  }
  assert.equal(code(), undefined)
})

test("the provider's silence in a stream", (context) => {
  const { deadline, pass, code } = setup(context)
  deadline.streamStarted()
  deadline.waiting()
  pass(30)
  assert.equal(code(), 'timeout stream_idle_timeout')
})

test('a slow reader is not silence, and silence after it still is', (context) => {
  const { deadline, pass, code } = setup(context)
  deadline.streamStarted()
  deadline.waiting()
  pass(20)
  deadline.arrived()
  pass(100)
  assert.equal(code(), undefined)
  deadline.waiting()
  pass(29)
  assert.equal(code(), undefined)
  pass(1)
  assert.equal(code(), 'timeout stream_idle_timeout')
})

test('a stream as a whole', (context) => {
  const { deadline, pass, code } = setup(context)
  deadline.streamStarted()
  for (let round = 0; round < 10; round++) {
    deadline.waiting()
    pass(20)
    deadline.arrived()
  }
  assert.equal(code(), 'timeout stream_total_timeout')
})

test('the delivery ends, with its reason', (context) => {
  const { parent, code } = setup(context)
  parent.abort(new GatewayError({ kind: 'cancelled', code: 'client_gone', message: 'left' }))
  assert.equal(code(), 'cancelled client_gone')
})

test('a delivery that has ended before', () => {
  const reason = new GatewayError({ kind: 'cancelled', code: 'client_gone', message: 'left' })
  const deadline = createDeadline({
    parent: AbortSignal.abort(reason),
    requestMs: 100,
    streamIdleMs: 30,
    streamTotalMs: 200,
  })
  assert.equal(deadline.signal.reason, reason)
  deadline.close()
})

test('close ends every timer and leaves the signal alone', (context) => {
  const { deadline, parent, pass, code } = setup(context)
  deadline.streamStarted()
  deadline.waiting()
  deadline.close()
  pass(1000)
  parent.abort()
  assert.equal(code(), undefined)
  assert.equal(deadline.signal.aborted, false)
})

test('abandoning builds no error', (context) => {
  const [first, second] = [setup(context), setup(context)]
  first.deadline.abandon()
  second.deadline.abandon()
  assert.ok(GatewayError.is(first.deadline.signal.reason))
  assert.equal(first.deadline.signal.reason, second.deadline.signal.reason)
})

test('abandon lets go of the call as well, and keeps a reason that was there before', (context) => {
  const { deadline, pass, code } = setup(context)
  deadline.abandon()
  assert.equal(code(), 'cancelled attempt_over')
  pass(1000)
  assert.equal(code(), 'cancelled attempt_over')

  const late = setup(context)
  late.pass(100)
  late.deadline.abandon()
  assert.equal(late.code(), 'timeout upstream_timeout')
})
