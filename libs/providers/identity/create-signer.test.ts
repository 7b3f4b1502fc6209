import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { GatewayError, Secret } from '#contract'
import { azure } from '../azure/index.ts'
import { bedrock } from '../bedrock/index.ts'
import type { Identity } from '../types.ts'
import { vertex } from '../vertex/index.ts'
import { createSigner } from './create-signer.ts'
import { startTokenEndpoint } from './identity.suite.ts'
import type { TokenClient } from './token-client.ts'

const request = {
  method: 'POST',
  url: 'https://a.example/x',
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{}'),
  place: { region: 'eu-west-1' },
}
const nowMs = () => Date.UTC(2026, 0, 1)

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const google: Identity = {
  type: 'google',
  credentials: new Secret(
    JSON.stringify({ type: 'service_account', client_email: 'bot@p.iam.example', private_key: pem }),
  ),
}
const entra: Identity = {
  type: 'entra',
  client: {
    tenantId: '11111111-2222-3333-4444-555555555555',
    clientId: 'app',
    clientSecret: new Secret('entra-secret'),
  },
}
const aws: Identity = {
  type: 'aws',
  keys: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: new Secret('aws-secret') },
  role: { arn: 'arn:aws:iam::123456789012:role/bifrost', externalId: 'ours' },
}

describe('Google', () => {
  test('a service account buys one token for many requests', async (context) => {
    const endpoint = await startTokenEndpoint(context, () => ({
      body: '{"access_token":"ya29.one","expires_in":3599,"token_type":"Bearer"}',
    }))
    const sign = createSigner({ facts: vertex, tokenClient: endpoint.client, nowMs: Date.now })
    const signed = await Promise.all([sign(google, request), sign(google, request)])
    for (const headers of signed) assert.equal(headers['authorization'], 'Bearer ya29.one')
    assert.equal(endpoint.asked.length, 1)
    const [asked] = endpoint.asked
    assert.equal(asked?.url, 'https://oauth2.googleapis.com/token')
    const form = new URLSearchParams(asked?.body)
    assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer')
    const claims = JSON.parse(Buffer.from(form.get('assertion')?.split('.')[1] ?? '', 'base64url').toString())
    assert.equal(claims.iss, 'bot@p.iam.example')
    assert.equal(claims.scope, 'https://www.googleapis.com/auth/cloud-platform')
  })

  test('two keys have a token each', async (context) => {
    let number = 0
    const endpoint = await startTokenEndpoint(context, () => {
      number += 1
      return { body: `{"access_token":"ya29.${number}","expires_in":3599,"token_type":"Bearer"}` }
    })
    const sign = createSigner({ facts: vertex, tokenClient: endpoint.client, nowMs: Date.now })
    const other: Identity = { ...google }
    const tokens = [await sign(google, request), await sign(other, request), await sign(google, request)]
    assert.deepEqual(
      tokens.map((headers) => headers['authorization']),
      ['Bearer ya29.1', 'Bearer ya29.2', 'Bearer ya29.1'],
    )
  })
})

describe('Microsoft Entra', () => {
  const answer = ({ url }: { readonly url: string }) => {
    const authority = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555'
    if (!url.includes('.well-known')) {
      return { body: '{"token_type":"Bearer","expires_in":3599,"access_token":"eyJ-entra"}' }
    }
    return {
      body: JSON.stringify({
        token_endpoint: `${authority}/oauth2/v2.0/token`,
        authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
        issuer: `${authority}/v2.0`,
        jwks_uri: `${authority}/discovery/v2.0/keys`,
      }),
    }
  }

  test('an application buys one token for many requests', async (context) => {
    const endpoint = await startTokenEndpoint(context, answer)
    const sign = createSigner({ facts: azure, tokenClient: endpoint.client, nowMs: Date.now })
    const signed = await Promise.all([sign(entra, request), sign(entra, request)])
    for (const headers of signed) assert.equal(headers['authorization'], 'Bearer eyJ-entra')
    await sign(entra, request)
    const bought = endpoint.asked.filter(({ method }) => method === 'POST')
    assert.equal(bought.length, 1)
    const form = new URLSearchParams(bought[0]?.body)
    assert.equal(form.get('grant_type'), 'client_credentials')
    assert.equal(form.get('client_id'), 'app')
    assert.equal(form.get('client_secret'), 'entra-secret')
    assert.match(form.get('scope') ?? '', /^https:\/\/cognitiveservices\.azure\.com\/\.default/)
  })
})

describe('AWS', () => {
  const credentials = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
    <Credentials><AccessKeyId>ASIATEMPORARY</AccessKeyId><SecretAccessKey>abc/def+ghi=</SecretAccessKey>
    <SessionToken>token/with+signs==</SessionToken><Expiration>2026-01-01T01:00:00Z</Expiration></Credentials>
    </AssumeRoleResult></AssumeRoleResponse>`

  test('a role is taken on once, and its keys sign', async (context) => {
    const endpoint = await startTokenEndpoint(context, () => ({ body: credentials }))
    const sign = createSigner({ facts: bedrock, tokenClient: endpoint.client, nowMs })
    const [first, second] = await Promise.all([sign(aws, request), sign(aws, request)])
    assert.deepEqual(first, second)
    assert.match(
      first?.['authorization'] ?? '',
      /^AWS4-HMAC-SHA256 Credential=ASIATEMPORARY\/20260101\/eu-west-1\/bedrock\/aws4_request, /,
    )
    assert.equal(first?.['x-amz-security-token'], 'token/with+signs==')
    assert.equal(endpoint.asked.length, 1)
    assert.equal(endpoint.asked[0]?.url, 'https://sts.eu-west-1.amazonaws.com/')
    assert.deepEqual(Object.fromEntries(new URLSearchParams(endpoint.asked[0]?.body)), {
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: 'arn:aws:iam::123456789012:role/bifrost',
      RoleSessionName: 'bifrost',
      ExternalId: 'ours',
    })
  })

  test('keys of the config sign by themselves', async () => {
    const { role: _role, ...keys } = aws
    const sign = createSigner({ facts: bedrock, tokenClient: unreachable, nowMs })
    const headers = await sign(keys, request)
    assert.match(headers['authorization'] ?? '', /Credential=AKIDEXAMPLE\/20260101\/eu-west-1\/bedrock\//)
    assert.equal(headers['x-amz-security-token'], undefined)
  })
})

/** A token endpoint that no connection can be made to. */
const unreachable: TokenClient = {
  send: () =>
    Promise.reject(
      new GatewayError({ kind: 'upstream-unreachable', code: 'connection_refused', message: 'refused' }),
    ),
  close: async () => {},
}

const table: [string, Identity, { readonly id: string; readonly facts: typeof vertex }, string, RegExp][] = [
  ['Google', google, { id: 'vertex', facts: vertex }, '{"error":"invalid_grant"}', /auth_credentials/],
  [
    'Entra',
    entra,
    { id: 'azure', facts: azure },
    '{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}',
    /client_id, client_secret and tenant_id/,
  ],
  [
    'AWS',
    aws,
    { id: 'bedrock', facts: bedrock },
    '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>',
    /role_arn/,
  ],
]

for (const [name, identity, { id, facts }, refusal, remedy] of table) {
  test(`${name} that says no is an error that names provider and remedy, and no secret`, async (context) => {
    const endpoint = await startTokenEndpoint(context, () => ({ status: 400, body: refusal }))
    const sign = createSigner({ facts, tokenClient: endpoint.client, nowMs: Date.now })
    const error = await sign(identity, request).then(() => undefined, GatewayError.from)
    assert.equal(error?.kind, 'unauthenticated')
    assert.equal(error.code, 'credential_refused')
    assert.match(error.message, new RegExp(`^Provider "${id}" `))
    assert.match(error.message, remedy)
    for (const text of [error.message, String((error.cause as Error).message)])
      assert.doesNotMatch(text, /entra-secret|aws-secret|PRIVATE KEY/)
  })

  test(`${name} that cannot be reached is unreachable`, async () => {
    const sign = createSigner({ facts, tokenClient: unreachable, nowMs: Date.now })
    const error = await sign(identity, request).then(() => undefined, GatewayError.from)
    assert.deepEqual([error?.kind, error?.code], ['upstream-unreachable', 'credential_unreachable'])
  })
}

test('a machine without an account says what would give it one', async () => {
  const sign = createSigner({ facts: bedrock, tokenClient: unreachable, nowMs })
  const none = { ...process.env }
  // The chain of AWS looks at the environment of the process; here there is nothing in it, nor on the disk.
  for (const key of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) delete process.env[key]
  Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' })
  try {
    const error = await sign({ type: 'aws' }, request).then(() => undefined, GatewayError.from)
    assert.equal(error?.kind, 'unauthenticated')
    assert.match(error.message, /AWS_ACCESS_KEY_ID/)
  } finally {
    process.env = none
  }
})

test('no cloud library is loaded before a request needs it', async () => {
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ resolve(name, context, next) { loaded.push(name); return next(name, context) } })
    const { createConnector } = await import('./libs/providers/index.ts')
    const { factsOf } = await import('./libs/providers/catalogue.ts')
    const { Secret } = await import('./libs/contract/index.ts')
    const prepare = (id, credential) => createConnector({ facts: factsOf(id), baseUrl: 'https://a.example' }).prepare({
      endpoint: { wire: 'openai-chat', path: '/v1/x' }, model: 'm', stream: false, headers: {}, body: new Uint8Array(),
      credential: { value: new Secret('k'), ...credential },
    })
    await prepare('openai', {}); await prepare('azure', {}); await prepare('bedrock', {})
    const cloud = () => loaded.filter((name) => /^(?:@aws|@smithy|@azure|google-auth)/.test(name)).length
    const before = cloud()
    await prepare('bedrock', { value: new Secret(''), place: { region: 'us-east-1' }, identity: { type: 'aws',
      keys: { accessKeyId: 'a', secretAccessKey: new Secret('s') } } })
    console.log(before, cloud() > 0)`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--no-warnings', '-e', script],
    { cwd: join(import.meta.dirname, '../../..') },
  )
  assert.equal(stdout.trim(), '0 true')
})
