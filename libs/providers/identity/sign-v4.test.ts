import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signV4 } from './sign-v4.ts'

/*
 * Vectors of the "AWS Signature Version 4 test suite" (aws-sig-v4-test-suite), published by AWS with its documentation
 * of the signing process: region us-east-1, service "service", 2015-08-30T12:36:00Z, keys AKIDEXAMPLE.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
const context = {
  credentials: {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  },
  region: 'us-east-1',
  service: 'service',
  nowMs: Date.UTC(2015, 7, 30, 12, 36, 0),
}

const vectors = [
  {
    name: 'get-vanilla',
    request: { method: 'GET', url: 'https://example.amazonaws.com/', headers: {}, body: '' },
    signed: 'host;x-amz-date',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    request: {
      method: 'GET',
      url: 'https://example.amazonaws.com/?Param2=value2&Param1=value1',
      headers: {},
      body: '',
    },
    signed: 'host;x-amz-date',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'post-x-www-form-urlencoded',
    request: {
      method: 'POST',
      url: 'https://example.amazonaws.com/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Param1=value1',
    },
    signed: 'content-type;host;x-amz-date',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
] as const

for (const { name, request, signed, signature } of vectors) {
  test(`the vector ${name}`, async () => {
    const headers = await signV4({ ...request, body: Buffer.from(request.body) }, context)
    assert.equal(
      headers['authorization'],
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${signed}, Signature=${signature}`,
    )
    assert.equal(headers['x-amz-date'], '20150830T123600Z')
    assert.equal(headers['host'], undefined)
  })
}

test('temporary keys show their session token', async () => {
  const credentials = { ...context.credentials, sessionToken: 'the-token' }
  const request = { ...vectors[0].request, body: Buffer.alloc(0) }
  const headers = await signV4(request, { ...context, credentials })
  assert.equal(headers['x-amz-security-token'], 'the-token')
  assert.match(headers['authorization'] ?? '', /SignedHeaders=host;x-amz-date;x-amz-security-token,/)
})

test('an encoded path is signed as it is sent, encoded once more', async () => {
  const url = 'https://bedrock-runtime.us-east-1.amazonaws.com/model/a.b-v2%3A0/converse'
  const sign = (path: string) =>
    signV4({ method: 'POST', url: url.replace('%3A', path), headers: {}, body: Buffer.from('{}') }, context)
  const [encoded, other] = await Promise.all([sign('%3A'), sign('%3B')])
  assert.notEqual(encoded['authorization'], other['authorization'])
})
