import cluster, { type Worker } from 'node:cluster'
import { createQueueOwner } from '#queue/shared'
import { type Channel, createChannel, createStoreOwner } from '#store/shared'
import type { Boot } from '../boot.ts'
import type { RunningProcess } from '../run-process.ts'
import { createMetricsGathering } from './gather-metrics.ts'
import { portTo } from './ports.ts'
import { restartPauseMs } from './restart-pause.ts'

/*
 * The primary of several processes that serve one port: it accepts connections for them, owns what they share without
 * Redis, and keeps their number. A place among them:
 *
 *   starting  → it listens          → serving    the first one alone: what is wrong is said once, and nobody else starts
 *   starting, serving → it ends     → empty      what it held is free; its callers' connections are gone
 *   empty     → a pause             → starting
 *   any       → stop()              → draining → it ends → gone
 */

export type ProcessesOptions = {
  readonly count: number
  /** The script of one process, which calls `joinPrimary`. */
  readonly entry: string
  readonly args: readonly string[]
}

type Place = {
  worker: Worker
  bornMs: number
  pauseMs: number | undefined
  timer: NodeJS.Timeout | undefined
}

/** Resolves when the first process serves. Ends this process, as it ended, when that one does not come up. */
export async function startProcesses(booted: Boot, options: ProcessesOptions): Promise<RunningProcess> {
  const { logger } = booted
  const attach = serveShared(booted)
  const places: Place[] = []
  let isStopping = false
  cluster.setupPrimary({ exec: options.entry, args: [...options.args], serialization: 'json' })

  function fork(): Worker {
    const worker = cluster.fork()
    worker.on('error', (error) => logger.error({ process: worker.id, error }, 'a gateway process failed'))
    attach(createChannel(portTo(worker)))
    return worker
  }

  function occupy(worker: Worker): void {
    const place: Place = { worker, bornMs: performance.now(), pauseMs: undefined, timer: undefined }
    places.push(place)
    watch(place)
  }

  function watch(place: Place): void {
    const { worker } = place
    worker.once('exit', (code: number | null, signal: string | null) => {
      if (isStopping) return
      place.pauseMs = restartPauseMs(place.pauseMs, performance.now() - place.bornMs)
      const facts = { process: worker.id, pid: worker.process.pid, code, signal, againInMs: place.pauseMs }
      logger.error(
        facts,
        'a gateway process ended: its requests are lost, another one takes its place. If it was killed, look for memory limits; if it said why, see its last line',
      )
      place.timer = setTimeout(() => {
        place.worker = fork()
        place.bornMs = performance.now()
        watch(place)
      }, place.pauseMs)
    })
  }

  function signalAll(signal: NodeJS.Signals): void {
    for (const { worker } of places) worker.process.kill(signal)
  }

  const first = fork()
  occupy(await listening(first))
  for (let count = 1; count < options.count; count += 1) occupy(fork())
  logger.info({ processes: options.count, tier: 'primary' }, 'sharing the port')
  process.on('exit', () => {
    // A second signal: whoever sent it does not want to wait.
    if (isStopping) signalAll('SIGKILL')
  })
  return {
    logger,
    reload: async () => signalAll('SIGHUP'),
    async stop() {
      isStopping = true
      for (const { timer } of places) clearTimeout(timer)
      const ends = places.map(({ worker }) => ended(worker))
      signalAll('SIGTERM')
      const failed = (await Promise.all(ends)).filter((isClean) => !isClean).length
      if (failed > 0) throw new Error(`${failed} of ${places.length} processes did not end cleanly`)
    },
  }
}

/** What the processes ask of their primary. */
function serveShared({ config, metrics }: Boot): (channel: Channel) => void {
  const gathering = createMetricsGathering(metrics)
  if (config.queue.redisUrl !== undefined) return (channel) => gathering.attach(channel)
  const store = createStoreOwner()
  const queues = createQueueOwner({ windows: store.windows })
  return (channel) => {
    store.attach(channel)
    queues.attach(channel)
    gathering.attach(channel)
  }
}

function listening(worker: Worker): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null) => {
      // It has said itself what was wrong.
      if (code !== null) process.exit(code === 0 ? 1 : code)
      reject(new Error(`the first gateway process was ended by ${signal} before it listened`))
    }
    worker.once('exit', onExit)
    worker.once('listening', () => {
      worker.off('exit', onExit)
      resolve(worker)
    })
  })
}

/** Whether it ended cleanly: with 0, or by the signal where it was only starting and had nothing in hand. */
async function ended(worker: Worker): Promise<boolean> {
  const { exitCode, signalCode } = worker.process
  if (exitCode !== null || signalCode !== null) return true
  return new Promise((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) =>
      resolve(code === 0 || signal === 'SIGTERM'),
    )
  })
}
