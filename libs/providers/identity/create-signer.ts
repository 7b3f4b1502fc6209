import type { Identity, Place, ProviderFacts } from '../types.ts'
import { createAwsSigner } from './aws.ts'
import { credentialFailure } from './credential-failure.ts'
import { createEntraTokens } from './entra.ts'
import { createGoogleTokens } from './google.ts'
import type { TokenClient } from './token-client.ts'

/** A request as it will be sent, but for the signature. */
export type SignableRequest = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly place: Place
}

/** All headers of the request, signed. */
export type Sign = (request: SignableRequest) => Promise<Record<string, string>>

export type SignerOptions = {
  readonly facts: ProviderFacts
  readonly tokenClient: TokenClient
  readonly nowMs: () => number
}

/**
 * Signs in the name of an identity. Each identity (one per key of the config) has its own tokens, made at its first
 * request, and its vendor's library is loaded then: a process that needs none of them loads none.
 */
export function createSigner(
  options: SignerOptions,
): (identity: Identity, request: SignableRequest) => Promise<Record<string, string>> {
  const signers = new WeakMap<Identity, { readonly sign: Sign; readonly watch: WatchedClient }>()
  return async (identity, request) => {
    let signer = signers.get(identity)
    if (signer === undefined) {
      const watch = watched(options.tokenClient)
      signer = { sign: makeSigner(identity, { ...options, tokenClient: watch.client }), watch }
      signers.set(identity, signer)
    }
    try {
      return await signer.sign(request)
    } catch (error) {
      throw credentialFailure(error, {
        unreachable: signer.watch.unreachable(),
        provider: options.facts.id,
        authority: authorities[identity.type],
        remedy: remedyOf(identity, options.facts),
      })
    }
  }
}

type WatchedClient = { readonly client: TokenClient; unreachable(): boolean }

/** Libraries wrap what their connections throw beyond recognition, so the last connection is looked at here. */
function watched({ send, close }: TokenClient): WatchedClient {
  let failed = false
  return {
    client: {
      async send(request) {
        failed = true
        const answer = await send(request)
        failed = answer.status >= 500
        return answer
      },
      close,
    },
    unreachable: () => failed,
  }
}

function makeSigner(identity: Identity, options: SignerOptions): Sign {
  switch (identity.type) {
    case 'aws':
      return createAwsSigner(identity, options)
    case 'google':
      return withBearer(createGoogleTokens(identity, options))
    case 'entra':
      return withBearer(createEntraTokens(identity, options))
    default:
      return identity satisfies never
  }
}

function withBearer(token: () => Promise<string>): Sign {
  return async ({ headers }) => ({ ...headers, authorization: `Bearer ${await token()}` })
}

const authorities = { aws: 'AWS', google: 'Google', entra: 'Microsoft Entra' } as const

function remedyOf(identity: Identity, { id, keyConfig }: ProviderFacts): string {
  const at = `providers.${id}.keys[].${keyConfig ?? 'value'}`
  switch (identity.type) {
    case 'aws':
      return identity.keys === undefined && identity.role === undefined
        ? `Give the machine a role or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write access_key and secret_key in ${at}.`
        : `Check access_key, secret_key and role_arn in ${at}.`
    case 'google':
      return identity.credentials === undefined
        ? `Set GOOGLE_APPLICATION_CREDENTIALS, or write the service account's JSON in ${at}.auth_credentials.`
        : `Check ${at}.auth_credentials and that the service account is enabled.`
    case 'entra':
      return identity.client === undefined
        ? `Give the machine a managed identity, or write client_id, client_secret and tenant_id in ${at}.`
        : `Check client_id, client_secret and tenant_id in ${at}.`
    default:
      return identity satisfies never
  }
}
