import type { AnyProviderWire, Quirks, Warning } from '#contract'
import type { UpstreamResponse } from '#providers'
import { fitBody } from '#translate'
import type { Exchange } from './lane.ts'

/** How many calls of one request are under way at a time. */
const mostAtOnce = 8

/** The bodies of the calls that a request takes: one, but for an API that holds less than was asked for. */
export function encodeCalls(
  wire: AnyProviderWire,
  request: unknown,
  target: { readonly model: string; readonly quirks: Quirks },
): {
  readonly first: Uint8Array
  readonly further: readonly Uint8Array[]
  readonly suffix: string | undefined
  readonly warnings: readonly Warning[]
} {
  const warnings = new Map<string, Warning>()
  const [first = request, ...others] = wire.batching?.split(request) ?? []
  let suffix: string | undefined
  const encode = (part: unknown): Uint8Array => {
    const encoded = wire.encodeRequest(part, target)
    suffix = encoded.suffix
    const fitted = fitBody(encoded.body, target.quirks)
    for (const warning of [...encoded.warnings, ...fitted.warnings]) {
      warnings.set(`${warning.code}:${warning.path}`, warning)
    }
    return Buffer.from(JSON.stringify(fitted.body))
  }
  const bodies = { first: encode(first), further: others.map(encode) }
  return { ...bodies, suffix, warnings: [...warnings.values()] }
}

/** Makes the calls after the first and reads their answers, in their order. The first failure stops the others and is thrown. */
export async function askFurther<Answer>(
  exchange: Exchange,
  bodies: readonly Uint8Array[],
  read: (response: UpstreamResponse) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const stopped = new AbortController()
  const signal = AbortSignal.any([exchange.deadline.signal, stopped.signal])
  const answers: Answer[] = []
  const waiting = bodies.entries()
  const work = async (): Promise<void> => {
    for (const [index, body] of waiting) answers[index] = await read(await exchange.ask(body, signal))
  }
  try {
    await Promise.all(Array.from({ length: Math.min(mostAtOnce, bodies.length) }, work))
    return answers
  } catch (error) {
    stopped.abort(error)
    throw error
  }
}
