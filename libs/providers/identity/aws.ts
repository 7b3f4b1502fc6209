import { createHash } from 'node:crypto'
import type { Identity } from '../types.ts'
import { createRoleCredentials } from './assume-role.ts'
import type { Sign, SignerOptions } from './create-signer.ts'
import { type AwsCredentials, signV4 } from './sign-v4.ts'

/** Signature Version 4 over each request, with the identity's keys, the role that it takes on, or the machine's own. */
export function createAwsSigner(identity: Extract<Identity, { type: 'aws' }>, options: SignerOptions): Sign {
  const { facts, nowMs } = options
  const base = baseCredentials(identity)
  const byRegion = new Map<string, AwsCredentials>()
  return async (request) => {
    const { region } = request.place
    if (region === undefined) throw new Error('the key says no region')
    let credentials = byRegion.get(region)
    if (credentials === undefined) {
      const { role } = identity
      credentials = role === undefined ? base : createRoleCredentials({ ...options, base, role, region })
      byRegion.set(region, credentials)
    }
    // The library takes the body's hash from here; its own code needs 20 ms for each MiB, and the process stands still.
    const hash = createHash('sha256').update(request.body).digest('hex')
    const headers = { ...request.headers, 'x-amz-content-sha256': hash }
    return await signV4(
      { ...request, headers },
      {
        credentials: await credentials(),
        region,
        service: facts.signingService ?? facts.id,
        nowMs: nowMs(),
      },
    )
  }
}

function baseCredentials({ keys }: Extract<Identity, { type: 'aws' }>): AwsCredentials {
  if (keys !== undefined) {
    const { accessKeyId, secretAccessKey, sessionToken } = keys
    return async () => ({
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken !== undefined && { sessionToken: sessionToken.reveal() }),
    })
  }
  let chain: AwsCredentials | undefined
  return async () => {
    if (chain === undefined) {
      const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
      // It keeps the credentials and renews them by itself.
      chain ??= defaultProvider()
    }
    return await chain()
  }
}
