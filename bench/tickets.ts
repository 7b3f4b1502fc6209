/**
 * What a request costs beside its own work where several processes share limits: CPU of the process that takes it in and
 * of the one that gives the turns, against the broker of one process. `node bench/tickets.ts [json|advanced]`
 */
import { type ChildProcess, fork } from 'node:child_process'
import { createLogger } from '../libs/observability/index.ts'
import { type Broker, createMemoryBroker, type Delivery, type Outcome } from '../libs/queue/index.ts'
import { createQueueOwner, createSharedBroker } from '../libs/queue/shared/index.ts'
import { createMemoryStore } from '../libs/store/index.ts'
import { createChannel, createStoreOwner, type Message, type Port } from '../libs/store/shared/index.ts'

const body = Buffer.from('{}')
const requests = 20_000
const rounds = 5
const depths = [1, 10, 50] as const
const limits = { concurrency: 1_000, bufferSize: 5_000 }
const serialization = process.argv[2] === 'advanced' ? 'advanced' : 'json'

if (process.send === undefined) await measure()
else serve()

/** The process that owns queues and store; it tells its CPU time when it is asked. */
function serve(): void {
  const store = createStoreOwner()
  const channel = createChannel(portOver(process))
  store.attach(channel)
  createQueueOwner({ windows: store.windows }).attach(channel)
  channel.answer('cpu', cpuMicros)
}

async function measure(): Promise<void> {
  const owner = fork(import.meta.filename, [], { serialization })
  const channel = createChannel(portOver(owner))
  const logger = createLogger({ level: 'silent' })
  const shared = createSharedBroker({ channel, logger })
  const alone = createMemoryBroker({ logger, windows: createMemoryStore().windows })
  for (const broker of [shared, alone]) await broker.consume({ provider: 'openai', limits, process: answer })
  console.log(`µs of CPU a request, lowest of ${rounds} rounds of ${requests} (${serialization})`)
  for (const depth of depths) {
    const costs = {
      alone: [] as number[],
      taking: [] as number[],
      owner: [] as number[],
      wall: [] as number[],
    }
    for (let round = 0; round <= rounds; round += 1) {
      const [own] = await spent(() => load(alone, depth))
      const before = Number(await channel.ask('cpu'))
      const [taking, wall] = await spent(() => load(shared, depth))
      const owned = Number(await channel.ask('cpu')) - before
      // The first one compiles.
      if (round === 0) continue
      costs.alone.push(own)
      costs.taking.push(taking)
      costs.owner.push(owned)
      costs.wall.push(wall)
    }
    const least = (values: readonly number[]) => (Math.min(...values) / requests).toFixed(1)
    console.log(
      `${depth} at once: one process ${least(costs.alone)}; shared ${least(costs.taking)} + owner ${least(costs.owner)}, ` +
        `wall ${least(costs.wall)}`,
    )
  }
  owner.disconnect()
}

async function load(broker: Broker, depth: number): Promise<void> {
  let left = requests
  const one = async () => {
    while (left > 0) {
      left -= 1
      for await (const _frames of await broker.submit(submission(left)));
    }
  }
  await Promise.all(Array.from({ length: depth }, one))
}

async function spent(work: () => Promise<void>): Promise<readonly [cpu: number, wall: number]> {
  const [before, startedMs] = [cpuMicros(), performance.now()]
  await work()
  return [cpuMicros() - before, (performance.now() - startedMs) * 1_000]
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function portOver(end: ChildProcess | NodeJS.Process): Port {
  return {
    send: (batch) => void end.send?.(batch, undefined, undefined, () => {}),
    onBatch: (listener) => void end.on('message', (batch) => listener(batch as readonly Message[])),
    onClose: (listener) => void end.once('disconnect', listener),
  }
}

async function answer({ reply, target, queueMs }: Delivery): Promise<Outcome> {
  // What a call takes at least: a turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve))
  reply.head({ status: 200, headers: {}, target, attempts: [], queueMs, warnings: [] })
  reply.end({ attempts: [], warnings: [] })
  return { type: 'done' }
}

function submission(number: number): Parameters<Broker['submit']>[0] {
  const requestId = `request-${number}`
  return {
    header: {
      requestId,
      callerRequestId: requestId,
      hop: 0,
      plan: [{ provider: 'openai', model: 'gpt-4o-mini', native: true }],
      surface: 'openai',
      wire: 'openai-chat',
      operation: 'chat',
      peek: { model: 'gpt-4o-mini', stream: false, streamUsage: false, fallbacks: [] },
      bodyKind: 'wire',
      forwardHeaders: {},
      streamTotalMs: 60_000,
      tenant: 'anonymous',
      priority: 'normal',
      retrySafe: false,
      maxUpstreamCalls: 8,
      warnings: [],
    },
    body,
    limits,
    timeoutMs: 60_000,
  }
}
