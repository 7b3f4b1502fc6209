import { createSecureContext, getCACertificates } from 'node:tls'
import { Agent, type buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici'
import type { TransportOptions } from '../types.ts'

/** How long one of several addresses of a host may take before the next is tried beside it. */
const addressAttemptMs = 1000

/**
 * TLS settings of one provider. An own CA is trusted beside the usual ones; the context is made once, because loading
 * all certificates for each connection takes milliseconds.
 */
function tlsOptions(options: TransportOptions): buildConnector.BuildOptions {
  return {
    ...(options.caCertPem !== undefined && {
      secureContext: createSecureContext({ ca: [...getCACertificates('default'), options.caCertPem] }),
    }),
    ...(options.insecureSkipVerify === true && { rejectUnauthorized: false }),
    // One request a socket, so that a lost socket is one lost request.
    allowH2: false,
  }
}

/**
 * One pool per origin without a limit of its own: the queue's concurrency is the limit. Timeouts of answers are the
 * caller's; only connecting (name lookup, TCP, proxy, TLS) is bounded here.
 */
export function createDispatcher(options: TransportOptions): Dispatcher {
  const common = {
    allowH2: false,
    connectTimeout: options.connectTimeoutMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.min(addressAttemptMs, options.connectTimeoutMs),
  }
  const tls = tlsOptions(options)
  if (options.proxyUrl === undefined) {
    const { autoSelectFamily, autoSelectFamilyAttemptTimeout } = common
    return new Agent({
      ...common,
      connect: {
        ...tls,
        autoSelectFamily,
        autoSelectFamilyAttemptTimeout,
        timeout: options.connectTimeoutMs,
      },
    })
  }
  return new ProxyAgent({
    ...common,
    uri: options.proxyUrl.reveal(),
    requestTls: tls,
    proxyTls: tls,
    // A proxy that accepts the connection and then says nothing is a connection that cannot be made.
    clientFactory: (origin, poolOptions) =>
      new Pool(origin, { ...poolOptions, headersTimeout: options.connectTimeoutMs }),
  })
}
