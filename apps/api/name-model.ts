import type { JsonObject } from '#contract'
import { splice } from '#translate'

/** A body as it came and as it is parsed. */
export type Named = { readonly bytes: Buffer; readonly json: JsonObject }

/** The body with this model in it, in its bytes and as they are parsed; the same where it says so already. */
export function nameModel(body: Named, model: string | undefined): Named {
  if (model === undefined || body.json['model'] === model) return body
  const bytes = splice(body.bytes, { set: { model: JSON.stringify(model) }, remove: [] })
  return {
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    json: { ...body.json, model },
  }
}
