import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '#config'
import { Secret } from '#contract'
import { clientKey, createTenantDigest, isHidden } from './authenticate.ts'

function configWith(...keys: readonly string[]): Config {
  const provider = {
    keys: keys.map((key, index) => ({ name: `key-${index}`, value: new Secret(key), models: [], weight: 1 })),
  }
  return { providers: { openai: provider } } as unknown as Config
}

test('the key is found wherever an SDK puts it', () => {
  assert.equal(clientKey({ authorization: 'Bearer abc' }), 'abc')
  assert.equal(clientKey({ authorization: 'bearer abc' }), 'abc')
  assert.equal(clientKey({ 'x-api-key': 'abc' }), 'abc')
  assert.equal(clientKey({ 'api-key': 'abc' }), 'abc')
  assert.equal(clientKey({ 'x-goog-api-key': 'abc' }), 'abc')
  const signed =
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261125/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0a'
  assert.equal(clientKey({ authorization: signed }), 'AKIDEXAMPLE')
  assert.equal(clientKey({ authorization: 'AWS4-HMAC-SHA256 Signature=0a' }), undefined)
  assert.equal(clientKey({ authorization: 'Basic abc' }), undefined)
  assert.equal(clientKey({}), undefined)
})

test('pods with one configuration agree on a tenant; nothing of the key is in it', () => {
  const first = createTenantDigest(configWith('provider-secret'))
  const second = createTenantDigest(configWith('provider-secret'))
  assert.equal(first('client-key'), second('client-key'))
  assert.equal(first('client-key'), first('client-key'))
  assert.match(first('client-key'), /^[0-9a-f]{32}$/)
  assert.notEqual(first('client-key'), first('other-key'))
  assert.notEqual(first('client-key'), createTenantDigest(configWith('another-secret'))('client-key'))
  assert.equal(first(undefined), 'anonymous')
})

test('what is remembered is bounded and its loss changes nothing', () => {
  const digest = createTenantDigest(configWith())
  const before = digest('first')
  for (let index = 0; index < 2_500; index++) digest(`key-${index}`)
  assert.equal(digest('first'), before)
})

test('what a tenant had made is hidden from others, as far as tenants can be told apart', () => {
  const digest = createTenantDigest(configWith('provider-secret'))
  const [ada, bob] = [digest('ada'), digest('bob')]
  assert.equal(isHidden(ada, ada), false)
  assert.equal(isHidden(ada, bob), true)
  assert.equal(isHidden(ada, digest(undefined)), true)
  assert.equal(isHidden(digest(undefined), bob), false)
  assert.equal(isHidden(undefined, bob), false)
  // The provider's key was changed: nobody's id is what it was.
  const later = createTenantDigest(configWith('another-secret'))
  assert.equal(isHidden(ada, later('ada')), false)
})
