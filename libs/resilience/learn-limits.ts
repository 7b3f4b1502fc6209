import { retryAfterMs } from '#translate'

/** What an answer's headers say about the limits of the key that it was asked with. */
export type LearntLimits = {
  /** The part that is left of the scarcest limit, 0 to 1. */
  readonly remaining: number
  /** When that limit is whole again; absent when the vendor does not say. */
  readonly resetMs?: number
  /** For how long the key should rest; absent when something is left and the vendor does not ask for it. */
  readonly exhaustedForMs?: number
}

type Limit = {
  readonly name: string
  readonly limit?: number
  readonly remaining: number
  readonly resetMs?: number
}

type Headers = Readonly<Record<string, string>>

/**
 * Reads, from lower-case headers:
 *
 *   x-ratelimit-{limit,remaining,reset}-<name>   OpenAI, Azure, Groq, Cerebras, …: whatever limits there are
 *   anthropic-ratelimit-<name>-{limit,remaining,reset}
 *   retry-after-ms, retry-after
 *
 * Resets are durations (`6m0s`, `120ms`), seconds (Azure, Cerebras) or moments (RFC 3339). Azure writes -1 for what it does
 * not know. Of answers that failed for the provider's own reasons Retry-After is no limit: pass those with 429 and success only.
 */
export function learnLimits(headers: Headers, nowMs: number): LearntLimits | undefined {
  const limits = limitsOf(headers, nowMs)
  const askedMs = retryAfterMs(headers, nowMs)
  const scarcest = limits.reduce<Limit | undefined>(
    (least, each) => (least === undefined || partOf(each) < partOf(least) ? each : least),
    undefined,
  )
  if (scarcest === undefined && askedMs === undefined) return undefined
  const restMs = askedMs ?? restOf(limits)
  return {
    remaining: scarcest === undefined || askedMs !== undefined ? 0 : partOf(scarcest),
    ...(scarcest?.resetMs !== undefined && { resetMs: scarcest.resetMs }),
    ...(restMs !== undefined && { exhaustedForMs: restMs }),
  }
}

const remainingStart = 'x-ratelimit-remaining-'
const anthropicStart = 'anthropic-ratelimit-'
const anthropicEnd = '-remaining'

/** Every answer passes here, and most name no limit: only the names that begin like one are looked at more closely. */
function limitsOf(headers: Headers, nowMs: number): readonly Limit[] {
  const limits: Limit[] = []
  for (const header in headers) {
    const limit = limitOf(headers, header, nowMs)
    if (limit !== undefined) limits.push(limit)
  }
  return limits
}

function limitOf(headers: Headers, header: string, nowMs: number): Limit | undefined {
  if (header.startsWith(remainingStart)) {
    const name = header.slice(remainingStart.length)
    return readLimit({
      name,
      remaining: headers[header],
      limit: headers[`x-ratelimit-limit-${name}`],
      resetMs: readReset(headers[`x-ratelimit-reset-${name}`], nowMs),
    })
  }
  if (!header.startsWith(anthropicStart) || !header.endsWith(anthropicEnd)) return undefined
  const name = header.slice(anthropicStart.length, -anthropicEnd.length)
  return readLimit({
    name,
    remaining: headers[header],
    limit: headers[`${anthropicStart}${name}-limit`],
    resetMs: readReset(headers[`${anthropicStart}${name}-reset`], nowMs),
  })
}

function readLimit(told: {
  readonly name: string
  readonly remaining: string | undefined
  readonly limit: string | undefined
  readonly resetMs: number | undefined
}): Limit | undefined {
  const { name, resetMs } = told
  const remaining = number(told.remaining)
  if (name === '' || remaining === undefined) return undefined
  const limit = number(told.limit)
  // Without its limit only "nothing" says how much is left.
  if ((limit === undefined || limit === 0) && remaining > 0) return undefined
  return {
    name,
    remaining,
    ...(limit !== undefined && limit > 0 && { limit }),
    ...(resetMs !== undefined && { resetMs }),
  }
}

function partOf({ limit, remaining }: Limit): number {
  return limit === undefined ? 0 : Math.min(1, remaining / limit)
}

/**
 * A reset is when the limit is whole again, and limits refill all the time: one request is there after that time divided by
 * the limit; of tokens, which a request needs many of, a tenth is waited for. Without a limit: the whole time.
 */
function restOf(limits: readonly Limit[]): number | undefined {
  const rests = limits.flatMap(({ name, limit, remaining, resetMs }) => {
    if (remaining > 0 || resetMs === undefined) return []
    if (limit === undefined) return [resetMs]
    return [Math.ceil(name.includes('token') ? resetMs / 10 : resetMs / limit)]
  })
  return rests.length === 0 ? undefined : Math.max(...rests)
}

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }

/** How long until then; `undefined` for what cannot be read. */
function readReset(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  const seconds = number(text)
  if (seconds !== undefined) return Math.ceil(seconds * 1000)
  if (/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)]
    return Math.ceil(
      parts.reduce((sum, [, value, unit = '']) => sum + Number(value) * (unitMs[unit] ?? 0), 0),
    )
  }
  const moment = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - nowMs)
}

function number(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+(?:\.\d+)?$/.test(text.trim())) return undefined
  return Number(text)
}
