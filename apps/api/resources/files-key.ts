import type { Json, JsonObject } from '#contract'
import type { Owners } from '#store'
import { isHidden } from '../authenticate.ts'
import { unknownId } from './choose-owner.ts'

/** Files are few in a request; more than so many are not looked at. */
const mostIds = 256
const marks = ['file_id', 'fileUri', 'file_uri']
const quotedMarks = marks.map((name) => Buffer.from(`"${name}"`))

/** Whether the bytes of a body may name a file. */
export function namesFiles(bytes: Buffer): boolean {
  return quotedMarks.some((mark) => bytes.includes(mark))
}

/**
 * The key that has the files which a request names (`file_id`, and Google's `fileUri`), if the provider that is
 * asked is the one that keeps them: no other key finds them there. Throws
 * `not-found` for a file that another tenant had made.
 */
export async function keyOfFiles(
  owners: Owners,
  request: {
    readonly body: JsonObject
    readonly provider: string
    readonly tenant: string
  },
): Promise<string | undefined> {
  const ids = fileIdsIn(request.body)
  const known = await Promise.all(ids.map((id) => owners.find({ kind: 'file', id })))
  for (const [index, owner] of known.entries()) {
    if (isHidden(owner?.tenant, request.tenant)) throw unknownId({ kind: 'file', id: ids[index] ?? '' })
  }
  // The first that is known decides.
  return known.find((owner) => owner?.provider === request.provider && owner.key !== undefined)?.key
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
      if (marks.includes(member) && typeof inner === 'string') ids.add(idOf(inner))
      else walk(inner)
    }
  }
  walk(body)
  return [...ids]
}

/** Google names a file by its address, and knows it by the last part of it. */
function idOf(text: string): string {
  return /\/files\/([^/?#]+)$/.exec(text)?.[1] ?? text
}
