import type { AuthClient } from 'google-auth-library'
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
  const connect = async (): Promise<AuthClient> => {
    const library = await import('google-auth-library')
    const transporterOptions = { fetchImplementation: asFetch(tokenClient) }
    const json = identity.credentials?.reveal()
    if (json !== undefined) return clientOf(JSON.parse(json), library, transporterOptions)
    const auth = new library.GoogleAuth({ scopes: [scope], clientOptions: { transporterOptions } })
    return await auth.getClient()
  }
  let client: AuthClient | undefined
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

/** The three kinds of credentials that the config lets through. */
function clientOf(
  json: Readonly<Record<string, string>>,
  library: typeof import('google-auth-library'),
  transporterOptions: NonNullable<AuthClient['transporter']['defaults']>,
): AuthClient {
  const scopes = [scope]
  switch (json['type']) {
    case 'service_account': {
      const client = new library.JWT({ scopes, transporterOptions })
      client.fromJSON(json)
      return client
    }
    case 'authorized_user': {
      const client = new library.UserRefreshClient({ transporterOptions })
      client.fromJSON(json)
      return client
    }
    default: {
      const options = { ...json, scopes, transporterOptions }
      const made = library.ExternalAccountClient.fromJSON(
        options as unknown as Parameters<typeof library.ExternalAccountClient.fromJSON>[0],
      )
      if (made === null) throw new Error('the credentials are of a kind that is not supported')
      return made
    }
  }
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
