import type { JsonObject } from '#contract'
import { splice } from '#translate'

/** The body with this model in it, in its bytes and as they are parsed; the same where it says so already. */
export function nameModel(
  body: { readonly bytes: Buffer; readonly json: JsonObject },
  model: string | undefined,
): { readonly bytes: Buffer; readonly json: JsonObject } {
  if (model === undefined || body.json['model'] === model) return body
  const bytes = splice(body.bytes, { set: { model: JSON.stringify(model) }, remove: [] })
  return {
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    json: { ...body.json, model },
  }
}
