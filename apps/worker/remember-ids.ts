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
    const owner = { provider, ...(key !== undefined && { key }) }
    // A list or a look at a thing does not make it the caller's.
    const made = (header.passthrough?.method ?? 'POST') === 'POST'
    await (made ? owners.remember(ids, { ...owner, tenant: header.tenant }) : owners.renew(ids, owner))
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
  return thingsIn(answer)
    .flatMap((thing) => idsOf(wire, thing))
    .slice(0, mostIds)
}

/** OpenAI and Anthropic page in `data`; Google in `files`, and tells of a new one in `file`. */
function thingsIn(answer: JsonObject): readonly JsonObject[] {
  const page = answer['data'] ?? answer['files']
  if (Array.isArray(page)) return page.filter(isJsonObject)
  const { file } = answer
  return [isJsonObject(file) ? file : answer]
}

function idsOf(wire: WireId, thing: JsonObject): readonly ResourceId[] {
  if (thing['deleted'] === true || /_deleted$/.test(String(thing['type']))) return []
  const [own] = answerId(wire, idOf(thing))
  if (own === undefined) return []
  if (own.kind !== 'batch') return [own]
  // A finished batch names the files with its results, which nobody has seen before.
  const files = [thing['input_file_id'], thing['output_file_id'], thing['error_file_id']]
  return [
    own,
    ...files.flatMap((file) =>
      typeof file === 'string' && file !== '' ? [{ kind: 'file' as const, id: file, of: own }] : [],
    ),
  ]
}

/** Google's things have a name, `files/abc-123`, whose last part stands in their paths. */
function idOf({ id, name }: JsonObject): string | undefined {
  if (typeof id === 'string') return id
  return typeof name === 'string' ? /^files\/([^/]+)$/.exec(name)?.[1] : undefined
}
