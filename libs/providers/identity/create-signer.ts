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
  const signers = new WeakMap<Identity, Sign>()
  return async (identity, request) => {
    let sign = signers.get(identity)
    if (sign === undefined) {
      sign = makeSigner(identity, options)
      signers.set(identity, sign)
    }
    try {
      return await sign(request)
    } catch (error) {
      throw credentialFailure(error, {
        provider: options.facts.id,
        authority: authorities[identity.type],
        remedy: remedyOf(identity, options.facts),
      })
    }
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
