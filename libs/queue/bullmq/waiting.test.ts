import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FrameBatch } from '../codec.ts'
import { createWaiting } from './waiting.ts'
import type { WorkerLine } from './worker-line.ts'

describe('a request that waits for its frames', () => {
  const head: FrameBatch = {
    requestId: 'req-1',
    hop: 0,
    run: 0,
    worker: 'worker-a',
    from: 0,
    frames: [
      {
        type: 'head',
        status: 200,
        headers: {},
        target: { provider: 'openai', model: 'gpt-4o' },
        attempts: [],
        warnings: [],
        queueMs: 0,
      },
    ],
  }

  function start() {
    const events: string[] = []
    const line: WorkerLine = {
      acknowledge: () => {},
      acknowledgeEnd: () => {},
      acknowledgeWhole: () => {},
      resend: () => {},
      cancel: (requestId, worker) => events.push(`cancel ${requestId} at ${worker}`),
      resendAll: () => {},
    }
    const waiting = createWaiting('req-1', line, {
      onEnded: () => {},
      onLeft: () => events.push('left'),
      onDone: () => events.push('done'),
      onHop: () => {},
      firstHop: 0,
    })
    return { waiting, events }
  }

  it('tells the worker that is known at once when its reader leaves', () => {
    const { waiting, events } = start()
    waiting.receive(head)
    waiting.reply.cancel()
    assert.deepEqual(events, ['left', 'cancel req-1 at worker-a'])
  })

  it('has nobody to tell before the first frame', () => {
    const { waiting, events } = start()
    waiting.reply.cancel()
    assert.deepEqual(events, ['left'])
  })

  it('tells nobody of one that has ended', () => {
    const { waiting, events } = start()
    waiting.receive(head)
    waiting.receive({ ...head, from: 1, frames: [{ type: 'end', attempts: [], warnings: [] }] })
    waiting.reply.cancel()
    assert.deepEqual(events, ['done'])
  })
})
