import type { IncomingMessage } from 'node:http'
import type { Attempt, GatewayError, Warning } from '#contract'
import type { Exchange } from './exchange.ts'

/** Longest value of a header of ours: callers and proxies bound all headers together at 8 KB or more. */
const maxValueLength = 2_048

/** Belong to a connection or to the form of the body, which are ours to choose, or are never shown. */
const dropped = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'set-cookie',
  'server',
  'date',
])

/**
 * The headers of an answer: the vendor's that the worker let through, those of CORS, and our facts in the formats of
 * the contract. Ours win over a vendor's of the same name.
 */
export function answerHeaders(
  exchange: Exchange,
  vendor: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = { ...exchange.baseHeaders }
  for (const name in vendor) {
    const value = vendor[name]
    if (value !== undefined && !dropped.has(name)) headers[name] = value
  }
  const upload = headers[uploadUrl]
  if (upload !== undefined) headers[uploadUrl] = addressHere(exchange.request) + upload
  headers['x-request-id'] = exchange.callerRequestId
  headers['request-id'] ??= exchange.callerRequestId
  Object.assign(headers, exchange.facts.limitHeaders)
  addFacts(headers, exchange)
  return headers
}

/** Where the bytes of an upload go: the worker says the query alone, and what comes back is asked for here. */
const uploadUrl = 'x-goog-upload-url'

/** The address of a request as its caller knows it, without the query; a proxy says what it changed. */
function addressHere({ headers, url = '' }: IncomingMessage): string {
  const first = (value: string | string[] | undefined) =>
    String(value ?? '')
      .split(',', 1)[0]
      ?.trim() ?? ''
  const host = first(headers['x-forwarded-host']) || first(headers.host)
  const scheme = first(headers['x-forwarded-proto']) === 'https' ? 'https' : 'http'
  return `${scheme}://${host}${url.split('?', 1)[0]}`
}

function addFacts(headers: Record<string, string>, exchange: Exchange): void {
  const { target, attempts, queueMs, warnings, cost, cache, stream } = exchange.facts
  if (target !== undefined) {
    headers['x-bifrost-provider'] = headerText(target.provider)
    // A request for no model has none.
    if (target.model !== '') headers['x-bifrost-model'] = headerText(target.model)
  }
  if (attempts.length > 0)
    headers['x-bifrost-attempts'] = attempts.map(attemptText).join(',').slice(0, maxValueLength)
  if (queueMs !== undefined) headers['x-bifrost-queue-ms'] = String(Math.max(0, Math.round(queueMs)))
  if (warnings.length > 0) headers['x-bifrost-warnings'] = warningsText(warnings)
  if (cache !== undefined) headers['x-bifrost-cache'] = cache
  // Of a stream it is known before the head by chance only: one that is short, read in one go.
  if (cost !== undefined && stream !== true) headers['x-bifrost-cost'] = costText(cost)
}

/** US dollars as a plain decimal, to a billionth. */
export function costText(cost: number): string {
  return cost.toFixed(9).replace(/\.?0+$/, '')
}

/** `provider/model=status-or-kind` */
function attemptText(attempt: Attempt): string {
  return `${headerText(attempt.provider)}/${headerText(attempt.model)}=${headerText(attempt.outcome)}`
}

/** `code:path`, comma-separated; where there are too many for a header the last one says how many more there are. */
export function warningsText(warnings: readonly Warning[]): string {
  let text = ''
  for (const [index, warning] of warnings.entries()) {
    const next = `${text === '' ? '' : ','}${warning.code}:${headerText(warning.path)}`
    if (text.length + next.length > maxValueLength) {
      const rest = `${warning.code}:and-${warnings.length - index}-more`
      return text === '' ? rest : `${text},${rest}`
    }
    text += next
  }
  return text
}

/** A text as part of a header value: what is not visible ASCII, and our own separators, are percent-encoded. */
export function headerText(text: string): string {
  if (/^[!-+\--<>-~]*$/.test(text)) return text
  return text.toWellFormed().replace(/[^!-+\--<>-~]/gu, (character) => encodeURIComponent(character))
}

/** Whole seconds, at least 1, wherever the contract promises the header; an error's own wait anywhere. */
export function retryAfterSeconds(error: GatewayError): string | undefined {
  const promised = error.status === 429 || error.status === 503
  if (error.retryAfterMs === undefined && !promised) return undefined
  return String(Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000)))
}
