import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { JsonObject } from '#contract'

type Schema = {
  parse(raw: unknown, options: object): { readonly ok: boolean; readonly errors?: unknown }
}

const require = createRequire(import.meta.url)
const sdk = dirname(require.resolve('cohere-ai'))
const published = require(join(sdk, 'serialization/index.js')) as Readonly<Record<string, Schema>>

/** Fails for JSON that the vendor's published schema (cohere-ai 8.1.0) does not know member for member. */
export function assertPublished(name: 'V2ChatRequest' | 'V2ChatResponse', body: JsonObject): void {
  const { stream: _setByTheMethod, ...rest } = body
  const schema = published[name]
  assert.ok(schema !== undefined, name)
  const { ok, errors } = schema.parse(JSON.parse(JSON.stringify(rest)), { unrecognizedObjectKeys: 'fail' })
  assert.ok(ok, JSON.stringify(errors))
}

/** The same for one event of a stream. */
export function assertPublishedEvent(body: JsonObject): void {
  const schema = published['V2ChatStreamResponse']
  assert.ok(schema !== undefined)
  // What `message-start` brings beside the role is in the vendor's streams and not in its types.
  const { ok, errors } = schema.parse(body, {
    unrecognizedObjectKeys: body['type'] === 'message-start' ? 'strip' : 'fail',
  })
  assert.ok(ok, `${JSON.stringify(body)}: ${JSON.stringify(errors)}`)
}
