import type { Identity } from '../types.ts'
import type { SignerOptions } from './create-signer.ts'
import { type AwsCredentials, type AwsKeys, signV4 } from './sign-v4.ts'
import { createTokenCache, type Expiring } from './token-cache.ts'

type Role = NonNullable<Extract<Identity, { type: 'aws' }>['role']>

/**
 * Temporary credentials of a role, bought with other credentials: one signed POST.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function createRoleCredentials(
  options: SignerOptions & {
    readonly base: AwsCredentials
    readonly role: Role
    readonly region: string
  },
): AwsCredentials {
  const { base, role, region, tokenClient, nowMs } = options
  return createTokenCache({
    nowMs,
    async obtain() {
      const request = {
        method: 'POST',
        url: `https://sts.${region}.amazonaws.com/`,
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      }
      const body = formOf(role)
      const headers = await signV4(
        { ...request, body: Buffer.from(body) },
        { credentials: await base(), region, service: 'sts', nowMs: nowMs() },
      )
      const answer = await tokenClient.send({ ...request, headers, body })
      return readAnswer(answer.status, answer.text)
    },
  })
}

function formOf({ arn, externalId, sessionName }: Role): string {
  return new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: arn,
    RoleSessionName: sessionName ?? 'bifrost',
    ...(externalId !== undefined && { ExternalId: externalId }),
  }).toString()
}

/** The four members of `Credentials`; none of them can hold a character that XML would escape. */
function readAnswer(status: number, xml: string): Expiring<AwsKeys> {
  if (status !== 200) {
    const code = /<Code>([A-Za-z0-9.]+)<\/Code>/.exec(xml)?.[1] ?? 'no error code'
    throw Object.assign(new Error(`AssumeRole was answered with ${status}, ${code}`), { status })
  }
  const member = (name: string): string => {
    const text = new RegExp(`<${name}>\\s*([^<\\s]+)\\s*</${name}>`).exec(xml)?.[1]
    if (text === undefined) throw new Error(`the answer to AssumeRole has no ${name}`)
    return text
  }
  const expiresAtMs = Date.parse(member('Expiration'))
  if (Number.isNaN(expiresAtMs)) throw new Error('the answer to AssumeRole has an Expiration that is no time')
  return {
    value: {
      accessKeyId: member('AccessKeyId'),
      secretAccessKey: member('SecretAccessKey'),
      sessionToken: member('SessionToken'),
    },
    expiresAtMs,
  }
}
