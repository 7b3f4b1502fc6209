import type { SignableRequest } from './create-signer.ts'

export type AwsKeys = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/** Keys that are good at the time of the call. */
export type AwsCredentials = () => Promise<AwsKeys>

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
export async function signV4(
  request: Omit<SignableRequest, 'place'>,
  context: {
    readonly credentials: AwsKeys
    readonly region: string
    readonly service: string
    readonly nowMs: number
  },
): Promise<Record<string, string>> {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-crypto/sha256-js'),
  ])
  const url = new URL(request.url)
  const { credentials, region, service } = context
  // The hash of the body is in the signature; who wants it in a header too puts it there.
  const signer = new SignatureV4({
    credentials: withoutAbsent(credentials),
    region,
    service,
    sha256: Sha256,
    applyChecksum: false,
  })
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: url.pathname,
      query: queryOf(url),
      headers: { ...request.headers, host: url.host },
      body: request.body,
    },
    { signingDate: new Date(context.nowMs) },
  )
  // The transport writes it itself, the same.
  const { host: _host, ...headers } = signed.headers
  return headers
}

/** The library wants a session token to be a text or not there. */
function withoutAbsent({ accessKeyId, secretAccessKey, sessionToken }: AwsKeys) {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
}

function queryOf(url: URL): Record<string, string[]> {
  const query: Record<string, string[]> = {}
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value]
  return query
}
