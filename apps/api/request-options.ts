import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError, type Priority, priorities } from '#contract'

/** What a caller asks of the gateway itself, by headers. */
export type RequestOptions = {
  readonly timeoutMs: number | undefined
  readonly priority: Priority
  readonly fallbacks: readonly string[]
  /** Of one upstream call, until the head of its answer. */
  readonly firstByteTimeoutMs: number | undefined
  /** The longest silence inside a stream. */
  readonly streamIdleTimeoutMs: number | undefined
  /** A stream that waits is kept open with comments at this distance. */
  readonly streamCommentsMs: number | undefined
  /** Whether an answer may come from the cache; absent = as configured. */
  readonly cache: boolean | undefined
}

const maxTimeoutMs = 86_400_000
const maxFallbacks = 16

/**
 * Reads `x-bifrost-timeout-ms`, `-first-byte-timeout-ms`, `-stream-idle-timeout-ms`, `-stream-comments-ms`, `-priority`,
 * `-fallbacks` and `-cache`; a wrong one is a 400 naming it.
 */
export function readRequestOptions(headers: IncomingHttpHeaders): RequestOptions {
  return {
    timeoutMs: readTimeout('x-bifrost-timeout-ms', headers),
    firstByteTimeoutMs: readTimeout('x-bifrost-first-byte-timeout-ms', headers),
    streamIdleTimeoutMs: readTimeout('x-bifrost-stream-idle-timeout-ms', headers),
    streamCommentsMs: readTimeout('x-bifrost-stream-comments-ms', headers),
    cache: readCache(headers['x-bifrost-cache']),
    priority: readPriority(headers['x-bifrost-priority']),
    fallbacks: readFallbacks(headers['x-bifrost-fallbacks']),
  }
}

/** `x-bifrost-model` and `x-bifrost-provider`: where a request goes that does not say so itself, or says it too late. */
export function readTargetHeaders(headers: IncomingHttpHeaders): {
  readonly model: string | undefined
  readonly provider: string | undefined
} {
  return {
    model: readName('x-bifrost-model', headers['x-bifrost-model']),
    provider: readName('x-bifrost-provider', headers['x-bifrost-provider']),
  }
}

function readName(header: string, value: Header): string | undefined {
  if (value === undefined) return undefined
  const name = typeof value === 'string' ? value.trim() : ''
  if (name === '' || name.length > 512) throw invalid(header, 'must be one name')
  return name
}

type Header = string | string[] | undefined

function readTimeout(name: string, headers: IncomingHttpHeaders): number | undefined {
  const value = headers[name]
  if (value === undefined) return undefined
  const timeoutMs = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0
  if (timeoutMs < 1 || timeoutMs > maxTimeoutMs) {
    throw invalid(name, `must be a whole number of milliseconds from 1 to ${maxTimeoutMs}`)
  }
  return timeoutMs
}

function readCache(value: Header): boolean | undefined {
  if (value === undefined) return undefined
  if (value === 'true') return true
  if (value === 'false') return false
  throw invalid('x-bifrost-cache', 'must be true or false')
}

function readPriority(value: Header): Priority {
  if (value === undefined) return 'normal'
  const priority = priorities.find((known) => known === value)
  if (priority === undefined) throw invalid('x-bifrost-priority', `must be one of ${priorities.join(', ')}`)
  return priority
}

function readFallbacks(value: Header): readonly string[] {
  if (value === undefined) return []
  const names = String(value)
    .split(',')
    .map((name) => name.trim())
  if (names.length > maxFallbacks || !names.every((name) => /^[^\s/]+\/\S+$/.test(name))) {
    throw invalid('x-bifrost-fallbacks', `must be at most ${maxFallbacks} comma-separated "provider/model"`)
  }
  return names
}

function invalid(header: string, rule: string): GatewayError {
  return new GatewayError({
    kind: 'invalid-request',
    code: 'invalid_header',
    message: `The header ${header} ${rule}.`,
    param: header,
  })
}

const alwaysForwarded = [
  'openai-organization',
  'openai-project',
  'openai-beta',
  'anthropic-version',
  'anthropic-beta',
]

/** Never sent up, whatever the configuration names: credentials, and what belongs to the connection. */
const neverForwarded = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'xi-api-key',
  'cookie',
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
])

/** The names of request headers that go up: those of the contract and those that `server.forward_headers` adds. */
export function forwardedHeaderNames(configured: readonly string[]): readonly string[] {
  const names = new Set([...alwaysForwarded, ...configured.map((name) => name.toLowerCase())])
  return [...names].filter((name) => !neverForwarded.has(name))
}

export function pickForwardHeaders(
  headers: IncomingHttpHeaders,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const picked: Record<string, string> = {}
  for (const name of names) {
    const value = headers[name]
    if (typeof value === 'string') picked[name] = value
  }
  return picked
}
