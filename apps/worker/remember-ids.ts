import { isJsonObject, type JsonObject, type WireId } from '#contract'
import { type ResourceId, resourceKindOf } from '#store'
import type { Exchange, LaneContext } from './lanes/lane.ts'

/** Of a list, at most so many: the longest page that a vendor gives by itself is 100. */
const mostIds = 1_000

/**
 * Remembers that this provider and key keep these things. Never rejects: the vendor has them, whether or not we know it
 * next time.
 */
export async function rememberIds(
  { header, provider, owners, logger }: Pick<LaneContext, 'header' | 'provider' | 'owners' | 'logger'>,
  { key }: Pick<Exchange, 'key'>,
  ids: readonly ResourceId[],
): Promise<void> {
  if (ids.length === 0) return
  try {
    await owners.remember(ids, { provider, ...(key !== undefined && { key }), tenant: header.tenant })
  } catch (error) {
    const { requestId } = header
    logger.warn({ requestId, provider, error }, 'the ids in an answer could not be remembered')
  }
}

/** The id of an answer of the native lane, if callers come back with those of its wire. */
export function answerId(wire: WireId, id: string | undefined): readonly ResourceId[] {
  const kind = resourceKindOf(wire)
  return kind === undefined || id === undefined || id === '' ? [] : [{ kind, id }]
}

/** All ids in an answer that tells of a vendor's things, one or a page of them, and of the files that belong to them. */
export function idsIn(wire: WireId, answer: JsonObject): readonly ResourceId[] {
  const { data } = answer
  const things = Array.isArray(data) ? data.filter(isJsonObject) : [answer]
  return things.flatMap((thing) => idsOf(wire, thing)).slice(0, mostIds)
}

function idsOf(wire: WireId, thing: JsonObject): readonly ResourceId[] {
  if (thing['deleted'] === true || /_deleted$/.test(String(thing['type']))) return []
  const { id } = thing
  const own = typeof id === 'string' ? answerId(wire, id) : []
  if (own[0]?.kind !== 'batch') return own
  // A finished batch names the files with its results, which nobody has seen before.
  const files = [thing['input_file_id'], thing['output_file_id'], thing['error_file_id']]
  return [
    ...own,
    ...files.flatMap((file) =>
      typeof file === 'string' && file !== '' ? [{ kind: 'file' as const, id: file }] : [],
    ),
  ]
}
