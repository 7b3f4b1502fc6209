import { Secret } from '#contract'
import { type Environment, firstSet } from './environment.ts'
import { isExcluded } from './no-proxy.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import type { ProviderFile } from './schema.ts'

type ProxyFile = NonNullable<ProviderFile['proxy_config']>

/**
 * The proxy towards `baseUrl`: what `proxy_config` says, else HTTPS_PROXY or HTTP_PROXY (by the address's scheme) unless
 * NO_PROXY excludes the host. `undefined` = direct.
 */
export function resolveProxy(options: {
  readonly file: ProxyFile | undefined
  readonly path: Path
  readonly baseUrl: string | undefined
  readonly environment: Environment
  readonly findings: Findings
}): Secret | undefined {
  const { file, path, findings } = options
  const type = file?.type ?? (file?.url === undefined ? 'environment' : 'http')
  if (type === 'none') return undefined
  if (type === 'environment') return fromEnvironment(options)
  if (type === 'socks5') {
    findings.problem(
      [...path, 'type'],
      'SOCKS is not spoken, and going around the proxy would be worse than stopping; write "http" with an HTTP proxy in url.',
    )
    return undefined
  }
  if (file?.url === undefined) {
    findings.problem(
      [...path, 'url'],
      'is missing; write the address of the proxy, for example "http://proxy.internal:3128".',
    )
    return undefined
  }
  return proxyUrl({ text: file.url, path: [...path, 'url'], file, findings })
}

function fromEnvironment(options: {
  readonly baseUrl: string | undefined
  readonly environment: Environment
  readonly findings: Findings
}): Secret | undefined {
  const target = options.baseUrl === undefined ? null : URL.parse(options.baseUrl)
  if (target === null) return undefined
  const names = target.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY']
  const found = firstSet(options.environment, names)
  const excluded = firstSet(options.environment, ['no_proxy', 'NO_PROXY'])
  if (found === undefined || isExcluded(target, excluded?.value)) return undefined
  // "proxy:3128" without a scheme is common in these variables.
  const text = found.value.includes('://') ? found.value : `http://${found.value}`
  return proxyUrl({ text, path: found.name, findings: options.findings })
}

function proxyUrl(options: {
  readonly text: string
  readonly path: Path | string
  readonly file?: ProxyFile
  readonly findings: Findings
}): Secret | undefined {
  const url = URL.parse(options.text.trim())
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    options.findings.problem(
      options.path,
      'must be the http:// or https:// URL of a proxy, for example "http://proxy.internal:3128".',
    )
    return undefined
  }
  // The setters percent-encode.
  if (options.file?.username !== undefined) url.username = options.file.username
  if (options.file?.password !== undefined) url.password = options.file.password
  const credential =
    url.username === '' ? '' : `${url.username}${url.password === '' ? '' : `:${url.password}`}@`
  return new Secret(`${url.protocol}//${credential}${url.host}`)
}
