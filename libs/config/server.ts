import { defaults } from './defaults.ts'
import { checkForwardedHeader, checkHeaderName } from './headers.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import type { ConfigFile } from './schema.ts'
import type { ServerConfig } from './types.ts'
import { type Checked, checkOrigin } from './url.ts'

const bytesPerMb = 1024 * 1024

/** The `server` section with its defaults. */
export function resolveServer(file: ConfigFile['server'], findings: Findings): ServerConfig {
  const { allow_direct_keys: allowDirectKeys = false, ...server } = file ?? {}
  if (allowDirectKeys) {
    findings.problem(
      ['server', 'allow_direct_keys'],
      "cannot be true yet: a caller's own credential would lie in the queue in clear text until jobs are encrypted; set it to false and configure the key under providers.",
    )
  }
  return {
    maxRequestBodyBytes: Math.floor(
      (server.max_request_body_size_mb ?? defaults.maxRequestBodySizeMb) * bytesPerMb,
    ),
    maxUploadBytes: Math.floor((server.max_upload_size_mb ?? defaults.maxUploadSizeMb) * bytesPerMb),
    allowedOrigins: checkEach(server.allowed_origins, ['server', 'allowed_origins'], checkOrigin, findings),
    forwardHeaders: checkEach(
      server.forward_headers,
      ['server', 'forward_headers'],
      checkForwardedHeader,
      findings,
    ),
    tenantHeader: resolveTenantHeader(server.tenant_header, findings),
    streamCommentsMs:
      server.stream_comments_in_seconds === undefined
        ? undefined
        : Math.round(server.stream_comments_in_seconds * 1000),
    drainTimeoutMs: Math.round((server.drain_timeout_in_seconds ?? defaults.drainTimeoutSeconds) * 1000),
  }
}

function resolveTenantHeader(name: string | undefined, findings: Findings): string | undefined {
  if (name === undefined) return undefined
  const checked = checkHeaderName(name)
  if (checked.ok) return checked.value
  findings.problem(['server', 'tenant_header'], checked.message)
  return undefined
}

function checkEach(
  items: readonly string[] | undefined,
  path: Path,
  check: (item: string) => Checked<string>,
  findings: Findings,
): readonly string[] {
  const values = (items ?? []).flatMap((item, index) => {
    const checked = check(item)
    if (checked.ok) return [checked.value]
    findings.problem([...path, index], checked.message)
    return []
  })
  return [...new Set(values)]
}
