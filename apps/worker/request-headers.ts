import type { WireId } from '#contract'
import { providerWireOf } from '#translate'

export type RequestHeaderSources = {
  readonly wire: WireId
  readonly stream: boolean
  /** Of the body, where it need not be JSON; `undefined` = there is none. */
  readonly contentType?: string | undefined
  /** Where the answer need not be JSON or a stream. */
  readonly accept?: string | undefined
  /** The vendor's own, for example `anthropic-version`. */
  readonly vendor: Readonly<Record<string, string>> | undefined
  /** The caller's, as the job header carries them. */
  readonly forwarded: Readonly<Record<string, string>>
  /** `network_config.extra_headers`. */
  readonly extra: Readonly<Record<string, string>>
}

/** Headers that belong to one connection or that the transport writes itself. */
const ofTheConnection = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** A caller's own credentials and its sessions; they end at the gateway. */
const credentials = new Set([
  'api-key',
  'authorization',
  'cookie',
  'x-api-key',
  'x-goog-api-key',
  'xi-api-key',
])

/** Vendor families of forwarded headers, and the wires that understand them; other headers go everywhere. */
const families: readonly (readonly [string, string])[] = [
  ['anthropic-', 'anthropic-'],
  ['openai-', 'openai-'],
]

function understands(wire: WireId, name: string): boolean {
  const family = families.find(([prefix]) => name.startsWith(prefix))
  return family === undefined || wire.startsWith(family[1])
}

function streamType(wire: WireId): string {
  const binary = providerWireOf(wire)?.streamFormat === 'aws-event-stream'
  return binary ? 'application/vnd.amazon.eventstream' : 'text/event-stream'
}

/**
 * Builds the headers of an upstream request from scratch, but for the credential. A later source wins over an earlier
 * one: vendor, caller, config. What the transport writes itself and a caller's credentials are left out.
 */
export function requestHeaders(sources: RequestHeaderSources): Record<string, string> {
  const { contentType = 'contentType' in sources ? undefined : 'application/json' } = sources
  const headers: Record<string, string> = {}
  if (contentType !== undefined) headers['content-type'] = contentType
  headers['accept'] = sources.accept ?? (sources.stream ? streamType(sources.wire) : 'application/json')
  headers['user-agent'] = 'bifrost'
  add(headers, sources.vendor)
  add(headers, sources.forwarded, (name) => !credentials.has(name) && understands(sources.wire, name))
  add(headers, sources.extra)
  return headers
}

function add(
  headers: Record<string, string>,
  source: Readonly<Record<string, string>> | undefined,
  admits?: (name: string) => boolean,
): void {
  for (const anyCase in source) {
    const name = anyCase.toLowerCase()
    const value = source[anyCase]
    if (value === undefined || ofTheConnection.has(name)) continue
    if (admits === undefined || admits(name)) headers[name] = value
  }
}
