import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { residentMegabytes } from '../process-cost.ts'

/** What one process holds when it has nothing to do and all garbage is collected. Megabytes. */
export type Look = {
  readonly heap: number
  readonly external: number
  readonly rss: number
  readonly openFiles: number
  /** What keeps the event loop alive, by kind. */
  readonly resources: Readonly<Record<string, number>>
}

/** A look at every process, after so many requests. */
export type Checkpoint = { readonly requests: number; readonly looks: Readonly<Record<string, Look>> }

const megabytes = (bytes: number) => Math.round((bytes / 1024 / 1024) * 1000) / 1000
const patienceMs = 60_000

/** Asks the preloaded `probe.ts` of each process. */
export async function look(
  processes: Readonly<Record<string, number>>,
  directory: string,
): Promise<Checkpoint['looks']> {
  const looks: Record<string, Look> = {}
  for (const [name, pid] of Object.entries(processes)) looks[name] = await lookAt(pid, directory)
  return looks
}

async function lookAt(pid: number, directory: string): Promise<Look> {
  const file = join(directory, `${pid}.jsonl`)
  // The last one may still be on its way, and is none until it has its end.
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
  const before = lines().length
  process.kill(pid, 'SIGUSR2')
  const deadline = performance.now() + patienceMs
  while (lines().length === before) {
    if (performance.now() > deadline) throw new Error(`Process ${pid} did not say what memory it holds.`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const said = JSON.parse(lines().at(-1) ?? '') as {
    readonly heapUsed: number
    readonly external: number
    readonly resources: Look['resources']
  }
  return {
    heap: megabytes(said.heapUsed),
    external: megabytes(said.external),
    rss: Math.round(residentMegabytes(pid)),
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
    resources: said.resources,
  }
}

/** The slope of the line that fits best (least squares), per 100,000 requests; `undefined` below two points. */
export function slopePer100k(
  points: readonly { readonly requests: number; readonly value: number }[],
): number | undefined {
  if (points.length < 2) return undefined
  const mean = (pick: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length
  const middle = mean(({ requests }) => requests)
  const level = mean(({ value }) => value)
  const spread = mean(({ requests }) => (requests - middle) ** 2)
  const together = mean(({ requests, value }) => (requests - middle) * (value - level))
  return (together / spread) * 100_000
}
