import { X509Certificate } from 'node:crypto'
import type { ProviderFacts } from '#providers/catalogue'
import { defaults } from './defaults.ts'
import type { Environment } from './environment.ts'
import { checkExtraHeader } from './headers.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import { resolveProxy } from './proxy.ts'
import type { ProviderFile } from './schema.ts'
import type { KeyConfig, NetworkConfig } from './types.ts'
import { checkBaseUrl } from './url.ts'

type NetworkFile = NonNullable<ProviderFile['network_config']>

/** Address, timeouts, retries, certificates and proxy of one provider. */
export function resolveNetwork(options: {
  readonly path: Path
  readonly file: ProviderFile
  /** They may have addresses of their own. */
  readonly keys: readonly KeyConfig[]
  readonly facts: ProviderFacts
  readonly spoken: boolean
  readonly environment: Environment
  readonly findings: Findings
}): NetworkConfig {
  const { facts, findings, environment } = options
  const file = options.file.network_config ?? {}
  const path = [...options.path, 'network_config']
  const regional = facts.regionalBaseUrls ?? {}
  const baseUrl = resolveBaseUrl(file, path, options)
  return {
    baseUrl,
    extraHeaders: resolveExtraHeaders(file.extra_headers ?? {}, [...path, 'extra_headers'], findings),
    requestTimeoutMs: toMs(file.default_request_timeout_in_seconds ?? defaults.requestTimeoutSeconds),
    connectTimeoutMs:
      file.connect_timeout_in_seconds === undefined
        ? defaults.connectTimeoutMs
        : toMs(file.connect_timeout_in_seconds),
    firstByteTimeoutMs:
      file.first_byte_timeout_in_seconds === undefined ? undefined : toMs(file.first_byte_timeout_in_seconds),
    streamIdleTimeoutMs: toMs(file.stream_idle_timeout_in_seconds ?? defaults.streamIdleTimeoutSeconds),
    streamTotalTimeoutMs: toMs(file.stream_total_timeout_in_seconds ?? defaults.streamTotalTimeoutSeconds),
    maxRetries: file.max_retries ?? defaults.maxRetries,
    ...resolveBackoff(file, path, findings),
    caCertPem: resolveCertificate(file.ca_cert_pem, [...path, 'ca_cert_pem'], findings),
    insecureSkipVerify: file.insecure_skip_verify ?? false,
    proxyUrl: resolveProxy({
      file: options.file.proxy_config,
      path: [...options.path, 'proxy_config'],
      // One proxy for a provider: where its keys have addresses of their own, the first decides.
      baseUrl: baseUrl ?? options.keys[0]?.url ?? facts.baseUrl ?? Object.values(regional)[0],
      environment,
      findings,
    }),
  }
}

function toMs(seconds: number): number {
  return Math.round(seconds * 1000)
}

function resolveBaseUrl(
  file: NetworkFile,
  path: Path,
  options: {
    readonly facts: ProviderFacts
    readonly spoken: boolean
    readonly findings: Findings
    readonly keys: readonly KeyConfig[]
  },
): string | undefined {
  const at = [...path, 'base_url']
  if (file.base_url === undefined) {
    if (options.spoken) reportNoAddress(at, options)
    return undefined
  }
  const checked = checkBaseUrl(file.base_url)
  if (!checked.ok) {
    options.findings.problem(at, checked.message)
    return undefined
  }
  return checked.value
}

/** Keys with addresses of their own have been checked; here it is about a provider without keys. */
function reportNoAddress(at: Path, { facts, keys, findings }: NoAddress): void {
  if (keys.length > 0 || facts.baseUrl !== undefined || facts.regionalBaseUrls !== undefined) return
  findings.problem(
    at,
    'is missing; this provider runs on a machine of yours, so write its address, for example "http://localhost:8000".',
  )
}

type NoAddress = {
  readonly facts: ProviderFacts
  readonly keys: readonly KeyConfig[]
  readonly findings: Findings
}

function resolveExtraHeaders(
  file: Readonly<Record<string, string>>,
  path: Path,
  findings: Findings,
): Readonly<Record<string, string>> {
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(file)) {
    const checked = checkExtraHeader(name, value)
    if (!checked.ok) findings.problem([...path, name], checked.message)
    else if (headers.has(checked.value)) {
      findings.problem([...path, name], 'is given twice in different case; keep one of the two.')
    } else headers.set(checked.value, value)
  }
  return Object.fromEntries(headers)
}

/** Both spellings are read; they must not contradict each other. */
function resolveBackoff(file: NetworkFile, path: Path, findings: Findings) {
  const either = (name: 'retry_backoff_initial' | 'retry_backoff_max', fallback: number) => {
    const [plain, withUnit] = [file[name], file[`${name}_ms`]]
    if (plain !== undefined && withUnit !== undefined && plain !== withUnit) {
      findings.problem(
        [...path, name],
        `differs from ${name}_ms, which is the same setting; keep one of the two.`,
      )
    }
    return withUnit ?? plain ?? fallback
  }
  const isMaxGiven = file.retry_backoff_max !== undefined || file.retry_backoff_max_ms !== undefined
  const isInitialGiven =
    file.retry_backoff_initial !== undefined || file.retry_backoff_initial_ms !== undefined
  const initial = either('retry_backoff_initial', defaults.retryBackoffInitialMs)
  const max = either('retry_backoff_max', defaults.retryBackoffMaxMs)
  if (isMaxGiven && isInitialGiven && max < initial) {
    findings.problem(
      [...path, 'retry_backoff_max_ms'],
      'is less than retry_backoff_initial_ms; the longest wait cannot be shorter than the first.',
    )
  }
  // With only one of them given, the other one's default gives way.
  return {
    retryBackoffInitialMs: isMaxGiven && !isInitialGiven ? Math.min(initial, max) : initial,
    retryBackoffMaxMs: isInitialGiven && !isMaxGiven ? Math.max(initial, max) : max,
  }
}

function resolveCertificate(pem: string | undefined, path: Path, findings: Findings): string | undefined {
  if (pem === undefined) return undefined
  try {
    new X509Certificate(pem)
    return pem
  } catch {
    // Its own error names OpenSSL's routines; the remedy is ours to say.
    findings.problem(
      path,
      'is not a certificate; write the PEM text itself ("-----BEGIN CERTIFICATE-----…"), not the name of a file.',
    )
    return undefined
  }
}
