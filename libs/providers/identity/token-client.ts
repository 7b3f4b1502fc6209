import { createTransport } from '../transport/create-transport.ts'
import type { Transport, TransportOptions } from '../types.ts'

/** A request to an endpoint that gives tokens. */
export type TokenRequest = {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type TokenAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** What the vendors' libraries reach their token endpoints with. */
export type TokenClient = {
  /** Rejects as a Transport does, or with a TimeoutError. */
  send(request: TokenRequest): Promise<TokenAnswer>
  close(): Promise<void>
}

/** A token endpoint that says nothing must not hold a request of a caller for longer. */
const timeoutMs = 10_000

/** The machine's own: reached without a proxy, which could not reach them. */
const ofTheMachine = /^(?:localhost|127\.|169\.254\.|\[fd00:ec2::|\[::1\]|metadata\.google\.internal$)/

/**
 * Goes by the provider's proxy and trusts its CA beside the usual ones, but always checks certificates: a switch that
 * turns checking off for one server must not open the door to the account behind it. Opens nothing before it is used.
 */
export function createTokenClient(network: TransportOptions = { connectTimeoutMs: 5_000 }): TokenClient {
  const { connectTimeoutMs, caCertPem, proxyUrl } = network
  const transports = new Map<'proxied' | 'direct', Transport>()
  const transportFor = (url: string): Transport => {
    const kind = proxyUrl === undefined || ofTheMachine.test(new URL(url).hostname) ? 'direct' : 'proxied'
    const known = transports.get(kind)
    if (known !== undefined) return known
    const made = createTransport({
      connectTimeoutMs,
      caCertPem,
      ...(kind === 'proxied' && { proxyUrl }),
    })
    transports.set(kind, made)
    return made
  }
  return {
    async send({ url, method, headers, body }) {
      const answer = await transportFor(url).send({
        url,
        method: method as 'GET' | 'POST',
        headers,
        ...(body !== undefined && { body: Buffer.from(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      })
      const chunks: Uint8Array[] = []
      for await (const chunk of answer.body) chunks.push(chunk)
      return { status: answer.status, headers: answer.headers, text: Buffer.concat(chunks).toString('utf8') }
    },
    async close() {
      await Promise.all([...transports.values()].map((transport) => transport.close()))
    },
  }
}
