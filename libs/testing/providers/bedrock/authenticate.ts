import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { simulatedAwsCredentials } from '../models.ts'
import type { Vendor } from '../types.ts'
import { forbidden } from './errors.ts'

/*
 * An API key (`authorization: Bearer …`) or Signature Version 4
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). The signature is
 * calculated anew from the bytes that came, by nothing but the algorithm's description.
 */
export const authenticate: Vendor['authenticate'] = (headers, accepts, request) => {
  const authorization = headers.authorization ?? ''
  const token = /^bearer\s+(.*)$/i.exec(authorization)?.[1]?.trim()
  if (token !== undefined) {
    if (accepts(token)) return
    throw forbidden('AccessDeniedException', 'Authentication failed: Please make sure your API Key is valid.')
  }
  const signed = readSignature(authorization)
  if (signed === undefined) {
    throw forbidden('MissingAuthenticationTokenException', 'Missing Authentication Token')
  }
  if (!accepts(signed.accessKeyId)) {
    throw forbidden('UnrecognizedClientException', 'The security token included in the request is invalid.')
  }
  const date = String(headers['x-amz-date'] ?? '')
  if (isTooOld(date, request.nowMs)) {
    throw forbidden('InvalidSignatureException', `Signature expired: ${date} is now earlier than allowed`)
  }
  const sent = (name: string) => {
    const value = headers[name]
    return Array.isArray(value) ? value.join(',') : String(value ?? '')
  }
  const expected = calculateSignature(signed, { ...request, date, sent })
  if (!areEqual(expected, signed.signature)) {
    throw forbidden(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  }
}

type Signed = {
  readonly accessKeyId: string
  /** `date/region/service/aws4_request`. */
  readonly scope: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

function readSignature(authorization: string): Signed | undefined {
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[^/]+\/bedrock\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    )
  if (found === null) return undefined
  const [, accessKeyId = '', scope = '', names = '', signature = ''] = found
  return { accessKeyId, scope, signedHeaders: names.split(';'), signature }
}

const longestAgeMs = 15 * 60_000

function isTooOld(date: string, nowMs: number): boolean {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  const moment = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return !(Math.abs(nowMs - moment) <= longestAgeMs)
}

function calculateSignature(
  { scope, signedHeaders }: Signed,
  request: {
    readonly method: string
    readonly path: string
    readonly body: Buffer
    readonly date: string
    readonly sent: (name: string) => string
  },
): string {
  const [path = '/', query = ''] = request.path.split('?', 2)
  const canonical = [
    request.method,
    // The path is encoded once for HTTP and once more for the signature.
    path.split('/').map(encodeURIComponent).join('/'),
    query.split('&').toSorted().join('&'),
    ...signedHeaders.map((name) => `${name}:${request.sent(name).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    createHash('sha256').update(request.body).digest('hex'),
  ].join('\n')
  const digest = createHash('sha256').update(canonical).digest('hex')
  const toSign = ['AWS4-HMAC-SHA256', request.date, scope, digest].join('\n')
  let key: Buffer = Buffer.from(`AWS4${simulatedAwsCredentials.secretAccessKey}`)
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest()
  return createHmac('sha256', key).update(toSign).digest('hex')
}

function areEqual(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right))
}
