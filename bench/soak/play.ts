import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startChild } from '../children.ts'
import { type OwnContestant, startOwn } from '../contestants/own.ts'
import { configFor } from './config.ts'
import { type Checkpoint, look } from './memory.ts'
import { countSeries, queueDepths } from './metrics.ts'
import { createMixedLoad, type MixedLoad, type Tally } from './mixed-load.ts'
import type { Mode, SoakOptions } from './options.ts'
import { isOfCallers, type RedisState, readRedis } from './redis-state.ts'

/** What became of one mode. */
export type Soaked = {
  readonly mode: Mode
  readonly requests: number
  readonly perSecond: number
  readonly tally: Tally
  readonly wrong: { readonly count: number; readonly examples: Readonly<Record<string, string>> }
  /** The first one after the warm-up, the last one when Redis had settled. */
  readonly checkpoints: readonly Checkpoint[]
  /** Lines of `/metrics`, all processes together: after the warm-up and at the end. */
  readonly series: { readonly first: number; readonly last: number }
  /** What queues hold with nobody there, by state. */
  readonly depths: Readonly<Record<string, number>>
  /** Redis before the first request, when the last one was answered, and settled. */
  readonly redis:
    | { readonly before: RedisState; readonly answered: RedisState; readonly after: RedisState }
    | undefined
}

/** A short run has fewer: each costs some seconds. */
const checkpointsOf = (requests: number) => Math.min(10, Math.max(2, Math.round(requests / 2_000)))
/** A gateway in this mode, under the mix. */
export async function play(mode: Mode, options: SoakOptions): Promise<Soaked> {
  const directory = await directoryOf(options)
  const upstream = await startChild({
    command: process.execPath,
    args: [join(import.meta.dirname, 'upstream-main.ts')],
    ready: 'http',
  })
  const place = { url: upstream.stdout[0] ?? '', pid: upstream.pid }
  try {
    const gateway = await startOwn(mode, place, {
      config: configFor(place),
      nodeArgs: ['--import', join(import.meta.dirname, 'probe.ts')],
      env: { BIFROST_SOAK_DIR: directory },
    })
    try {
      return await soak({ mode, gateway, directory, options })
    } finally {
      await gateway.close()
    }
  } finally {
    await upstream.close()
    if (options.snapshots === undefined) await rm(directory, { recursive: true, force: true })
  }
}

async function directoryOf({ snapshots }: SoakOptions): Promise<string> {
  if (snapshots === undefined) return await mkdtemp(join(tmpdir(), 'bifrost-soak-'))
  await mkdir(snapshots, { recursive: true })
  return resolve(snapshots)
}

type Stage = {
  readonly mode: Mode
  readonly gateway: OwnContestant
  readonly directory: string
  readonly options: SoakOptions
}

async function soak(stage: Stage): Promise<Soaked> {
  const { mode, gateway, options } = stage
  const { redis } = gateway
  const before = redis === undefined ? undefined : await readRedis(redis)
  const load = createMixedLoad(gateway.door.url)
  const watching = watchMetrics(gateway)
  await warmUp(load, options)
  const first = await checkpoint(stage, load, { isSnapshot: options.snapshots !== undefined })
  const checkpoints = [first]
  const seriesBefore = await countSeries(gateway)
  const startMs = performance.now()
  const parts = checkpointsOf(options.requests)
  let quiet = 0
  for (let part = 1; part <= parts; part += 1) {
    await load.send(Math.ceil(options.requests / parts), options.perSecond)
    const pausedMs = performance.now()
    checkpoints.push(await checkpoint(stage, load))
    quiet += performance.now() - pausedMs
  }
  const seconds = (performance.now() - startMs - quiet) / 1_000
  watching.stop()
  const answered = redis === undefined ? undefined : await readRedis(redis)
  const after = redis === undefined ? undefined : await settled(gateway, options.settleSeconds)
  checkpoints.push(await checkpoint(stage, load, { isSnapshot: options.snapshots !== undefined }))
  return {
    mode,
    requests: load.sent,
    perSecond: Math.round((load.sent - first.requests) / seconds),
    tally: load.tally,
    wrong: load.wrong,
    checkpoints,
    series: { first: seriesBefore, last: await countSeries(gateway) },
    depths: await queueDepths(gateway),
    redis: before && answered && after && { before, answered, after },
  }
}

async function warmUp(
  load: MixedLoad,
  { warmUp: { requests, seconds }, perSecond }: SoakOptions,
): Promise<void> {
  const startMs = performance.now()
  do await load.send(Math.max(1, Math.min(requests, 2_000)), perSecond)
  while (load.sent < requests || performance.now() - startMs < seconds * 1_000)
}

/** With nobody there: what is left after all garbage is collected is what the processes keep. */
async function checkpoint(
  { gateway, directory, options }: Stage,
  load: MixedLoad,
  { isSnapshot = false } = {},
): Promise<Checkpoint> {
  load.hangUp()
  await delay(options.pauseSeconds * 1_000)
  const { redis: _, ...processes } = gateway.processes
  const asked = join(directory, 'snapshot')
  if (isSnapshot) await writeFile(asked, '')
  const looks = await look(processes, directory)
  if (isSnapshot) await rm(asked)
  const held = Object.entries(looks).map(
    ([name, { heap, rss }]) => `${name} ${heap.toFixed(1)} MB of heap, RSS ${rss}`,
  )
  console.log(
    `  ${load.sent.toLocaleString('en-US')} requests: ${held.join('; ')}${load.wrong.count > 0 ? `; wrong: ${load.wrong.count}` : ''}`,
  )
  return { requests: load.sent, looks }
}

/** As a scraper does, so that what it costs is part of it. */
function watchMetrics(gateway: OwnContestant): { stop(): void } {
  const timer = setInterval(() => {
    // One that fails shows at the end, where it is asked again.
    countSeries(gateway).catch(() => {})
  }, 5_000)
  return { stop: () => clearInterval(timer) }
}

/** When nothing of any caller is left, or time is up. */
async function settled({ redis }: OwnContestant, seconds: number): Promise<RedisState> {
  if (redis === undefined) throw new Error('There is no Redis to settle.')
  const deadline = performance.now() + seconds * 1_000
  for (;;) {
    const state = await readRedis(redis)
    if (!state.groups.some(isOfCallers) || performance.now() > deadline) return state
    await delay(1_000)
  }
}
