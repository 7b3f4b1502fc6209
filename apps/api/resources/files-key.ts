import type { Json, JsonObject } from '#contract'
import type { Owners } from '#store'

/** Files are few in a request; the first that is known decides. */
const mostIds = 16
const mark = Buffer.from('"file_id"')

/**
 * The key that has the files which a request names (`file_id`, on every wire that takes files), if the provider that is
 * asked is the one that keeps them: no other key finds them there.
 */
export async function keyOfFiles(
  owners: Owners,
  request: { readonly bytes: Buffer; readonly body: JsonObject; readonly provider: string },
): Promise<string | undefined> {
  // Nearly all requests end here: no walk over a body that names no file.
  if (!request.bytes.includes(mark)) return undefined
  for (const id of fileIdsIn(request.body)) {
    const owner = await owners.find({ kind: 'file', id })
    if (owner?.provider === request.provider && owner.key !== undefined) return owner.key
  }
  return undefined
}

function fileIdsIn(body: JsonObject): readonly string[] {
  const ids = new Set<string>()
  const walk = (value: Json | undefined): void => {
    if (typeof value !== 'object' || value === null || ids.size >= mostIds) return
    if (Array.isArray(value)) {
      for (const item of value as readonly Json[]) walk(item)
      return
    }
    for (const [member, inner] of Object.entries(value as JsonObject)) {
      if (member === 'file_id' && typeof inner === 'string') ids.add(inner)
      else walk(inner)
    }
  }
  walk(body)
  return [...ids]
}
