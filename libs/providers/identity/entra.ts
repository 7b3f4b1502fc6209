import type { ClientSecretCredentialOptions, TokenCredential } from '@azure/identity'
import type { Identity } from '../types.ts'
import type { SignerOptions } from './create-signer.ts'
import { createTokenCache } from './token-cache.ts'
import type { TokenClient } from './token-client.ts'

type HttpClient = NonNullable<ClientSecretCredentialOptions['httpClient']>
type PipelineResponse = Awaited<ReturnType<HttpClient['sendRequest']>>
type HttpHeaders = PipelineResponse['headers']

/** https://learn.microsoft.com/azure/ai-services/openai/reference#authentication */
const defaultScopes = ['https://cognitiveservices.azure.com/.default']

/** Access tokens of an Entra identity: of its own client secret, else the machine's (managed or workload identity). */
export function createEntraTokens(
  identity: Extract<Identity, { type: 'entra' }>,
  { tokenClient, nowMs }: SignerOptions,
): () => Promise<string> {
  const connect = async (): Promise<TokenCredential> => {
    const { ClientSecretCredential, DefaultAzureCredential } = await import('@azure/identity')
    const options = {
      httpClient: asHttpClient(tokenClient),
      // An endpoint that is away is told to the caller, whose request may be tried elsewhere.
      retryOptions: { maxRetries: 0 },
      // It would ask Microsoft's public cloud about every tenant first.
      disableInstanceDiscovery: true,
    }
    if (identity.client === undefined) return new DefaultAzureCredential(options)
    const { tenantId, clientId, clientSecret } = identity.client
    return new ClientSecretCredential(tenantId, clientId, clientSecret.reveal(), options)
  }
  const scopes = [...(identity.scopes ?? defaultScopes)]
  let credential: TokenCredential | undefined
  return createTokenCache({
    nowMs,
    async obtain() {
      credential ??= await connect()
      const token = await credential.getToken(scopes)
      if (token === null) throw new Error('the library gave no token')
      return { value: token.token, expiresAtMs: token.expiresOnTimestamp }
    },
  })
}

/** The token client in the form that the library takes its connections in. */
function asHttpClient({ send }: TokenClient): HttpClient {
  return {
    async sendRequest(request) {
      const { body } = request
      const answer = await send({
        url: request.url,
        method: request.method,
        headers: Object.fromEntries(request.headers),
        ...(typeof body === 'string' && { body }),
      })
      return {
        request,
        status: answer.status,
        headers: headersOf(answer.headers),
        bodyAsText: answer.text,
      }
    },
  }
}

function headersOf(values: Readonly<Record<string, string>>): HttpHeaders {
  const headers = new Headers(values)
  return {
    get: (name) => headers.get(name) ?? undefined,
    has: (name) => headers.has(name),
    set: (name, value) => headers.set(name, String(value)),
    delete: (name) => headers.delete(name),
    toJSON: () => Object.fromEntries(headers),
    [Symbol.iterator]: () => headers.entries(),
  }
}
