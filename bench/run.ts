import { join } from 'node:path'
import { startChild } from './children.ts'
import { contestants } from './contestants/index.ts'
import { type Contestant, type ContestantId, titles, type Upstream } from './contestants/types.ts'
import { currentLoad, describeCommit, describeMachine } from './machine.ts'
import { measure, type Sample, sum, warmUp } from './measure.ts'
import { type BenchOptions, help, parseOptions } from './options.ts'
import { cpuOf, type Start } from './report/figures.ts'
import { markdown, writeResults } from './report/write.ts'
import { scenarios } from './scenarios.ts'

/** `npm run bench`: every contestant under every load, as README.md describes. */
const options = parseOptions(process.argv.slice(2))
if (options === undefined) console.log(help)
else await bench(options)

async function bench(asked: BenchOptions): Promise<void> {
  const loadBefore = currentLoad()
  const samples: Sample[] = []
  const starts: Start[] = []
  const failures: Record<string, string> = {}
  const upstream = await startUpstream(asked.breakEvery)
  try {
    for (let round = 1; round <= asked.rounds; round += 1) {
      const started = await startAll(asked, upstream, failures)
      try {
        for (const { id, readyMs } of started) {
          if (readyMs !== undefined) starts.push({ contestant: id, round, readyMs: Math.round(readyMs) })
        }
        samples.push(...(await measureAll(asked, { started, upstream, round })))
      } finally {
        await Promise.all(started.map((contestant) => contestant.close()))
      }
    }
  } finally {
    await upstream.close()
  }
  const setting = {
    machine: describeMachine(),
    commit: describeCommit(),
    date: new Date().toISOString().slice(0, 10),
    loadBefore,
    failures,
  }
  console.log(`\n${markdown({ samples, starts }, setting, asked)}\n`)
  console.log(`Written to ${writeResults({ samples, starts }, setting, asked)}`)
}

async function startUpstream(breakEvery: number): Promise<Upstream & { close(): Promise<void> }> {
  const child = await startChild({
    command: process.execPath,
    args: [join(import.meta.dirname, 'upstream/main.ts'), `--break-every=${breakEvery}`],
    ready: 'http',
  })
  return { url: child.stdout[0] ?? '', pid: child.pid, close: child.close }
}

/** One after the other, so that each start is timed alone. A peer that does not start is left out and named. */
async function startAll(
  { contestants: ids }: BenchOptions,
  upstream: Upstream,
  failures: Record<string, string>,
): Promise<readonly Contestant[]> {
  const started: Contestant[] = []
  const isOurs = (id: ContestantId) => titles[id].startsWith('ours')
  for (const id of ids) {
    try {
      started.push(await contestants[id](upstream))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      console.error(`${titles[id]} did not start: ${why}`)
      failures[id] = why.split('\n', 1)[0] ?? ''
      if (!isOurs(id)) continue
      await Promise.all(started.map((contestant) => contestant.close()))
      throw error
    }
  }
  return started
}

/** Load by load, and under each the contestants one after the other: what is compared is measured within a minute. */
async function measureAll(
  { scenarios: ids, times }: BenchOptions,
  place: { readonly started: readonly Contestant[]; readonly upstream: Upstream; readonly round: number },
): Promise<readonly Sample[]> {
  const { started, upstream, round } = place
  const samples: Sample[] = []
  for (const contestant of started) await warmUp(contestant, times.firstSeconds)
  for (const scenario of scenarios.filter(({ id }) => ids.includes(id))) {
    console.log(`\nRound ${round}: ${scenario.title}`)
    for (const contestant of started) {
      const sample = await measure({ contestant, scenario, upstream, round, times })
      samples.push(sample)
      print(contestant, sample)
    }
  }
  return samples
}

function print({ id }: Contestant, sample: Sample): void {
  const errors = sum(sample.errors) === 0 ? '' : `; errors ${JSON.stringify(sample.errors)}`
  const { p50, p99 } = sample.latency
  const times = sample.requests === 0 ? '' : `, p50 ${p50} ms, p99 ${p99} ms`
  const cpu = cpuOf(sample)
  const cost = cpu === undefined ? '' : `, ${Math.round(cpu)} µs CPU`
  console.log(`  ${titles[id]}: ${sample.perSecond}/s${cost}${times}${errors}`)
}
