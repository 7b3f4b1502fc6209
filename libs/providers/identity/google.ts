import type { Identity } from '../types.ts'
import type { SignerOptions } from './create-signer.ts'
import { createTokenCache } from './token-cache.ts'
import type { TokenClient } from './token-client.ts'

/** https://cloud.google.com/vertex-ai/docs/authentication */
const scope = 'https://www.googleapis.com/auth/cloud-platform'

/** Where the library does not say when a token ends, it is asked again after this long; it keeps the token itself. */
const unknownLifeMs = 300_000

/** Access tokens of a Google identity: of its own JSON, else application default credentials. */
export function createGoogleTokens(
  identity: Extract<Identity, { type: 'google' }>,
  { tokenClient, nowMs }: SignerOptions,
): () => Promise<string> {
  const connect = async () => {
    const { GoogleAuth } = await import('google-auth-library')
    const json = identity.credentials?.reveal()
    const auth = new GoogleAuth({
      scopes: [scope],
      ...(json !== undefined && { credentials: JSON.parse(json) }),
      clientOptions: { transporterOptions: { fetchImplementation: asFetch(tokenClient) } },
    })
    return await auth.getClient()
  }
  let client: Awaited<ReturnType<typeof connect>> | undefined
  return createTokenCache({
    nowMs,
    async obtain() {
      client ??= await connect()
      const { token } = await client.getAccessToken()
      if (token === undefined || token === null) throw new Error('the library gave no token')
      return { value: token, expiresAtMs: client.credentials.expiry_date ?? nowMs() + unknownLifeMs }
    },
  })
}

/** The token client in the form that the library takes its connections in. */
function asFetch({ send }: TokenClient): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const body = await request.text()
    const answer = await send({
      url: request.url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      ...(body !== '' && { body }),
    })
    const empty = answer.status === 204 || answer.status === 304
    return new Response(empty ? null : answer.text, { status: answer.status, headers: answer.headers })
  }
}
