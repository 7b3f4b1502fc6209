import { GatewayError, type WireId } from '#contract'
import type { ResourceId } from '#store'

/*
 * Google's resumable uploads: the vendor answers `start` with an address to which the bytes go, its own and with an id of
 * the upload in it (`x-goog-upload-url`, `@google/genai` 3.3.0, dist/node/index.mjs). That the id is `upload_id` in the query is
 * no documented fact, but what clients' recordings of it have; an address without one is refused. The caller gets that id alone;
 * the API pod makes an address of its own of it, and the bytes go up under the provider's configured address.
 */

const wireOfUploads: WireId = 'gemini-uploads'
const statusHeaders = [
  'x-goog-upload-status',
  'x-goog-upload-chunk-granularity',
  'x-goog-upload-size-received',
]

/** What an answer says of an upload; nothing on any other wire. Throws `upstream-failed` for an address without an id. */
export function uploadSessionIn(
  wire: WireId,
  upstream: Readonly<Record<string, string>>,
): { readonly ids: readonly ResourceId[]; readonly headers: Readonly<Record<string, string>> } {
  if (wire !== wireOfUploads) return { ids: [], headers: {} }
  const headers: Record<string, string> = {}
  for (const name of statusHeaders) {
    const value = upstream[name]
    if (value !== undefined) headers[name] = value
  }
  const address = upstream['x-goog-upload-url']
  if (address === undefined) return { ids: [], headers }
  const id = idIn(address)
  const query = new URLSearchParams({ upload_id: id, upload_protocol: 'resumable' })
  return { ids: [{ kind: 'upload', id }], headers: { ...headers, 'x-goog-upload-url': `?${query}` } }
}

function idIn(address: string): string {
  const id = URL.parse(address)?.searchParams.get('upload_id') ?? ''
  if (id !== '') return id
  throw new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_bad_response',
    message: "The provider's x-goog-upload-url names no upload_id. Check base_url.",
  })
}
