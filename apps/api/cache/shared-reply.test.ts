import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Frame } from '#contract'
import { bodyOf, chunk, end, failWith, head } from './helpers.suite.ts'
import { createSharedReply, type Reader, type Source } from './shared-reply.ts'

/** A source that a test feeds; `asked` counts how often it was asked for more. */
function createTestSource() {
  let waiting: ((frames: readonly Frame[] | undefined) => void) | undefined
  let fail: ((error: unknown) => void) | undefined
  const state = {
    asked: 0,
    cancelled: 0,
    over: 0,
    tooLarge: 0,
    kept: undefined as readonly Frame[] | undefined,
  }
  const source: Source = {
    next() {
      assert.equal(waiting, undefined, 'asked twice at once')
      state.asked += 1
      return new Promise((resolve, reject) => {
        waiting = resolve
        fail = reject
      })
    },
    cancel() {
      state.cancelled += 1
    },
  }
  const give = async (frames: readonly Frame[] | undefined) => {
    const resolve = waiting
    waiting = undefined
    resolve?.(frames)
    await settled()
  }
  return {
    source,
    state,
    give,
    async breakWith(error: Error) {
      waiting = undefined
      fail?.(error)
      await settled()
    },
    isAsked: () => waiting !== undefined,
  }
}

function share(limitBytes: number) {
  const fed = createTestSource()
  const shared = createSharedReply({
    source: fed.source,
    limitBytes,
    onTooLarge() {
      fed.state.tooLarge += 1
    },
    onOver(frames) {
      fed.state.over += 1
      fed.state.kept = frames
    },
  })
  const join = (): Reader => {
    const reader = shared.join()
    assert.ok(reader)
    return reader
  }
  const { state, give, breakWith, isAsked } = fed
  return { state, give, breakWith, isAsked, shared, join }
}

/** All that can happen without anything new has happened. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

async function readAll(reader: Reader) {
  const frames: Frame[] = []
  for (;;) {
    const read = await reader.read()
    if (typeof read === 'string') return { frames, last: read }
    frames.push(...read)
  }
}

test('the source is asked for as much as its furthest reader reads, and no more', async () => {
  const { join, give, state } = share(10_000)
  const [fast, slow] = [join(), join()]
  await settled()
  assert.equal(state.asked, 0)
  const first = fast.read()
  await give([head])
  assert.deepEqual(await first, [head])
  await settled()
  assert.equal(state.asked, 1)
  assert.deepEqual(await slow.read(), [head])
  assert.equal(state.asked, 1)
  const both = [slow.read(), fast.read()]
  await give([end])
  assert.deepEqual(await Promise.all(both), [[end], [end]])
  assert.deepEqual([state.asked, state.over, state.kept], [2, 1, [head, end]])
})

test('an answer above the limit waits for its eldest reader; another that is as slow falls off', async () => {
  const { join, shared, give, state, isAsked } = share(1_000)
  const [eldest, fast, slow] = [join(), join(), join()]
  const piece = chunk('x'.repeat(500))
  for (const frames of [[head], [piece], [piece]]) {
    const read = fast.read()
    await give(frames)
    assert.deepEqual(await read, frames)
  }
  assert.deepEqual([state.tooLarge, shared.join()], [1, undefined])
  assert.equal(await slow.read(), 'behind')
  const held = fast.read()
  await settled()
  assert.equal(isAsked(), false, 'nothing more while the eldest is this far behind')
  assert.deepEqual(await eldest.read(), [head, piece, piece])
  await settled()
  assert.equal(isAsked(), true)
  await give([end])
  assert.deepEqual(await held, [end])
  assert.deepEqual(await eldest.read(), [end])
  assert.deepEqual([state.over, state.kept], [1, undefined])
})

test('when the eldest leaves the next one is waited for', async () => {
  const { join, give, isAsked } = share(1_000)
  const [eldest, heir, fast] = [join(), join(), join()]
  const piece = chunk('x'.repeat(600))
  const first = fast.read()
  await give([head, piece])
  await first
  assert.deepEqual(await heir.read(), [head, piece])
  eldest.leave()
  const second = fast.read()
  await give([piece])
  await second
  const third = fast.read()
  await give([piece])
  await third
  const held = fast.read()
  await settled()
  assert.equal(isAsked(), false)
  assert.deepEqual(await heir.read(), [piece, piece])
  await give([end])
  assert.deepEqual(await held, [end])
})

test('a late reader is handed a large answer in batches', async () => {
  const { join, give } = share(1_000_000)
  const first = join()
  const read = first.read()
  await give([head, ...Array.from({ length: 10 }, () => chunk('x'.repeat(30_000))), end])
  await read
  const late = join()
  const batch = await late.read()
  assert.ok(typeof batch !== 'string' && bodyOf(batch).byteLength < 100_000)
  const { frames } = await readAll(late)
  assert.equal(bodyOf([...batch, ...frames]).byteLength, 300_000)
})

test('leaving ends a pending read; the last one to leave cancels, once, and nobody can join after that', async () => {
  const { join, shared, state, give } = share(1_000)
  const [one, other] = [join(), join()]
  const reads = [one.read(), other.read()]
  one.leave()
  one.leave()
  assert.deepEqual([await reads[0], state.cancelled], ['over', 0])
  other.leave()
  assert.deepEqual([await reads[1], state.cancelled, state.over], ['over', 1, 1])
  await give([head, end])
  assert.deepEqual([shared.join(), state.over, state.kept], [undefined, 1, undefined])
})

test('nothing is cancelled when the readers leave a whole answer', async () => {
  const { join, state, give } = share(1_000)
  const reader = join()
  const read = reader.read()
  await give([failWith('timeout')])
  await read
  reader.leave()
  assert.deepEqual([state.cancelled, state.over], [0, 1])
})

test('a source that throws or ends early does so for every reader', async () => {
  const broken = share(1_000)
  const reads = [broken.join().read(), broken.join().read()]
  const rejected = reads.map((read) => assert.rejects(read, /it broke/))
  await settled()
  await broken.breakWith(new Error('it broke'))
  await Promise.all(rejected)
  assert.deepEqual([broken.state.over, broken.state.kept, broken.shared.join()], [1, undefined, undefined])

  const ended = share(1_000)
  const both = [readAll(ended.join()), readAll(ended.join())]
  await ended.give([head])
  await ended.give(undefined)
  for (const read of await Promise.all(both)) assert.deepEqual(read, { frames: [head], last: 'over' })
  assert.equal(ended.state.kept, undefined)
})

const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('read' as const), who: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('give' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who: fc.nat(9) }) },
)
const batches = fc.array(fc.array(fc.nat(400), { minLength: 1, maxLength: 4 }), { maxLength: 10 })

type Seen = { readonly reader: Reader; readonly frames: Frame[]; last?: string; pending?: Promise<void> }
type Action = { readonly do: 'join' | 'read' | 'give' | 'leave'; readonly who?: number }

/** Some readers of one answer, moved step by step. */
function createRun(all: readonly (readonly Frame[])[], limitBytes: number) {
  const left = [...all]
  const { shared, give, state, isAsked } = share(limitBytes)
  const seen: Seen[] = []
  const read = (one: Seen | undefined) => {
    if (one === undefined) return
    one.pending ??= one.reader.read().then((result) => {
      delete one.pending
      if (typeof result === 'string') one.last = result
      else one.frames.push(...result)
    })
  }
  const join = () => {
    const reader = shared.join()
    if (reader !== undefined) seen.push({ reader, frames: [] })
    else assert.ok(state.tooLarge === 1 || state.cancelled === 1)
  }
  const actions = {
    join,
    read,
    leave: (one: Seen | undefined) => one?.reader.leave(),
    give: async () => {
      if (isAsked() && left.length > 0) await give(left.shift())
    },
  }
  const act = async (action: Action) => {
    await actions[action.do](seen[(action.who ?? 0) % Math.max(1, seen.length)])
    await settled()
  }
  return {
    seen,
    state,
    act,
    /** Everybody reads to the end. */
    async finish() {
      for (let round = 0; round < 80 && seen.some(({ last }) => last === undefined); round++) {
        for (const one of seen) if (one.last === undefined) read(one)
        await act({ do: 'give' })
      }
    },
  }
}

test('whatever the order of reading, joining and leaving, all read the same bytes', async () => {
  const ends = { whole: 0, behind: 0, cut: 0 }
  await fc.assert(
    fc.asyncProperty(
      batches,
      fc.array(step, { maxLength: 60 }),
      fc.nat(3_000),
      async (sizes, steps, limit) => {
        const pieces = sizes.map((batch, at) => batch.map((size) => chunk(filled(size, at))))
        const all: readonly (readonly Frame[])[] = [[head], ...pieces, [end]]
        const { seen, state, act, finish } = createRun(all, limit)
        await act({ do: 'join' })
        for (const action of steps) await act(action)
        await finish()
        const expected = all.flat()
        for (const { frames, last } of seen) {
          assert.ok(last !== undefined, 'every reader comes to an end')
          assert.deepEqual(frames, expected.slice(0, frames.length))
          ends.behind += Number(last === 'behind')
          ends.whole += Number(frames.length === expected.length)
        }
        ends.cut += state.tooLarge
        assert.ok(state.over <= 1 && state.cancelled <= 1)
        assert.ok(state.tooLarge === 1 || seen.every(({ last }) => last === 'over'))
        if (state.kept !== undefined) assert.deepEqual(state.kept, expected)
      },
    ),
    { numRuns: 300 },
  )
  assert.ok(ends.whole > 50 && ends.behind > 5 && ends.cut > 20, JSON.stringify(ends))
})

function filled(size: number, at: number): string {
  return String.fromCharCode(97 + at).repeat(size)
}
