import type { Answer, Connection } from './connection.ts'
import type { LoadResult, Shot } from './types.ts'

/** Adds up what a load gets back. */
export type Collector = {
  /** Sends one shot; `done` is called when its answer is in the books. Latency counts from `fromMs`. */
  shoot(connection: Connection, fromMs: number, done: () => void): void
  result(): LoadResult
}

/** Our completion is 1.3 KB; less is no answer, whatever its status. */
const leastBytes = 900

export function createCollector(shot: Shot): Collector {
  const latencies: number[] = []
  const firsts: number[] = []
  const gaps: number[] = []
  const errors: Record<string, number> = {}
  const startMs = performance.now()
  let lastAnswerMs = startMs

  function book(answer: Answer, fromMs: number): void {
    const wrong = whatIsWrong(answer, shot.stream)
    lastAnswerMs = performance.now()
    if (wrong !== undefined) errors[wrong] = (errors[wrong] ?? 0) + 1
    else {
      latencies.push(lastAnswerMs - fromMs)
      if (shot.stream && answer.firstMs !== undefined) firsts.push(answer.firstMs - fromMs)
    }
  }

  return {
    shoot(connection, fromMs, done) {
      let lastPieceMs: number | undefined
      const onPiece = (nowMs: number) => {
        if (lastPieceMs !== undefined) gaps.push(nowMs - lastPieceMs)
        lastPieceMs = nowMs
      }
      connection.send(
        shot.bytes,
        (answer) => {
          book(answer, fromMs)
          done()
        },
        shot.stream ? onPiece : undefined,
      )
    },
    result: () => ({
      requests: latencies.length,
      errors,
      seconds: (lastAnswerMs - startMs) / 1_000,
      latencies: Float64Array.from(latencies).sort(),
      firsts: Float64Array.from(firsts).sort(),
      gaps: Float64Array.from(gaps).sort(),
    }),
  }
}

function whatIsWrong(answer: Answer, stream: boolean): string | undefined {
  if (answer.status === 0) return 'no whole answer'
  if (answer.status !== 200) return `status ${answer.status}`
  if (answer.bodyBytes < leastBytes) return 'short body'
  return stream && !answer.tail.includes('data: [DONE]') ? 'stream without its end' : undefined
}

/** The value at a share of a sorted list. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
