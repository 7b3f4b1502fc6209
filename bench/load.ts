import { Agent, request } from 'node:http'

export type LoadResult = {
  readonly requests: number
  readonly errors: number
  readonly seconds: number
  /** Milliseconds, sorted. */
  readonly latencies: readonly number[]
}

const body = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [
    { role: 'system', content: 'You are a helpful assistant.' },
    { role: 'user', content: 'Say something about queues, please.' },
  ],
})

function send(url: URL, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200))
      response.on('error', () => resolve(false))
    })
    call.on('error', () => resolve(false))
    call.end(body)
  })
}

/** Closed loop: so many connections, each sends as soon as it has its answer. */
export async function closedLoop(target: string, connections: number, seconds: number): Promise<LoadResult> {
  const url = new URL('/openai/v1/chat/completions', target)
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const latencies: number[] = []
  let errors = 0
  const start = performance.now()
  const end = start + seconds * 1_000
  const one = async () => {
    while (performance.now() < end) {
      const sentMs = performance.now()
      if (await send(url, agent)) latencies.push(performance.now() - sentMs)
      else errors += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  agent.destroy()
  return result(latencies, errors, start)
}

/** Open loop: so many arrivals a second whatever comes back; latency counts from the scheduled time. */
export async function openLoop(target: string, perSecond: number, seconds: number): Promise<LoadResult> {
  const url = new URL('/openai/v1/chat/completions', target)
  const agent = new Agent({ keepAlive: true })
  const latencies: number[] = []
  const pending: Promise<void>[] = []
  let errors = 0
  const start = performance.now()
  const total = perSecond * seconds
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1_000) * perSecond))
    for (; sent < due; sent += 1) {
      const scheduledMs = start + (sent / perSecond) * 1_000
      pending.push(
        send(url, agent).then((good) => {
          if (good) latencies.push(performance.now() - scheduledMs)
          else errors += 1
        }),
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(pending)
  agent.destroy()
  return result(latencies, errors, start)
}

function result(latencies: number[], errors: number, startMs: number): LoadResult {
  latencies.sort((a, b) => a - b)
  return { requests: latencies.length, errors, seconds: (performance.now() - startMs) / 1_000, latencies }
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
