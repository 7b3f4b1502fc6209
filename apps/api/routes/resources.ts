import type { AnyCallerWire, Operation, ProviderId, SurfaceId, WireId } from '#contract'
import type { ResourceKind } from '#store'
import type { ResourceRoute } from '../resources/route.ts'

/*
 * Paths below a surface's prefix. Members and methods: `openai` 7.57.0, resources/files, resources/batches,
 * resources/responses; `@anthropic-ai/sdk` 1.12.0, resources/messages/batches, resources/beta/files.
 */

/** One vendor API: where it lies below the prefix, and what may be done there. */
type Collection = {
  readonly at: string
  readonly operation: Operation
  readonly resourceWire: WireId
  readonly kind: ResourceKind
  readonly actions: readonly (Pick<ResourceRoute, 'method' | 'action' | 'body' | 'names'> & {
    /** Whether the path names one thing by its id. */
    readonly one: boolean
  })[]
}

const one = { one: true, body: 'none' } as const
const list = { one: false, method: 'GET', action: '', body: 'none' } as const
const read = { ...one, method: 'GET', action: '' } as const
const remove = { ...one, method: 'DELETE', action: '' } as const
const cancel = { ...one, method: 'POST', action: '/cancel', body: 'json' } as const
const content = { ...one, method: 'GET', action: '/content' } as const
const upload = { one: false, method: 'POST', action: '', body: 'upload' } as const
const create = { one: false, method: 'POST', action: '', body: 'json' } as const

const openaiCollections: readonly Collection[] = [
  {
    at: '/responses',
    operation: 'responses',
    resourceWire: 'openai-responses',
    kind: 'response',
    actions: [read, remove, cancel, { ...one, method: 'GET', action: '/input_items' }],
  },
  {
    at: '/files',
    operation: 'files',
    resourceWire: 'openai-files',
    kind: 'file',
    actions: [list, upload, read, remove, content],
  },
  {
    at: '/batches',
    operation: 'batches',
    resourceWire: 'openai-batches',
    kind: 'batch',
    actions: [list, { ...create, names: { member: 'input_file_id', kind: 'file' } }, read, cancel],
  },
]

const anthropicCollections: readonly Collection[] = [
  {
    at: '/messages/batches',
    operation: 'batches',
    resourceWire: 'anthropic-batches',
    kind: 'batch',
    actions: [list, create, read, cancel, remove, { ...one, method: 'GET', action: '/results' }],
  },
  {
    at: '/files',
    operation: 'files',
    resourceWire: 'anthropic-files',
    kind: 'file',
    actions: [list, upload, read, remove, content],
  },
]

/** `@google/genai` 3.3.0, files.d.ts. */
const genaiFiles: Collection = {
  at: '/files',
  operation: 'files',
  resourceWire: 'gemini-files',
  kind: 'file',
  actions: [list, read, remove],
}

/**
 * Google's resumable uploads, whose steps are all one path: `start`, and with the id of the upload that it gave `upload` and
 * `upload, finalize` (`@google/genai` 3.3.0 and 1.8.0, dist/node/index.mjs), `query` of Google's other clients (Ruby's
 * google-api-client, ResumableUploadCommand). What else there is goes up as it is.
 */
const genaiUploads: Pick<
  ResourceRoute,
  'method' | 'operation' | 'resourceWire' | 'kind' | 'action' | 'body' | 'idInQuery' | 'forwards'
> = {
  method: 'POST',
  operation: 'files',
  resourceWire: 'gemini-uploads',
  kind: 'upload',
  action: '',
  body: 'upload',
  idInQuery: 'upload_id',
  forwards: [
    'x-goog-upload-protocol',
    'x-goog-upload-command',
    'x-goog-upload-offset',
    'x-goog-upload-header-content-length',
    'x-goog-upload-header-content-type',
    'x-goog-upload-file-name',
  ],
}

type Place = {
  readonly prefix: string
  readonly surface: SurfaceId
  readonly wire: AnyCallerWire
  readonly ownProvider: ProviderId
}

/** `responses`: the wire of the Responses API, whose callers parse its own error events; absent = that of chat. */
export function resourceRoutes(wires: {
  readonly openai: AnyCallerWire
  readonly anthropic: AnyCallerWire
  readonly genai: AnyCallerWire
  readonly responses?: AnyCallerWire | undefined
}): readonly ResourceRoute[] {
  const openai = { wire: wires.openai, ownProvider: 'openai' }
  const anthropic = { wire: wires.anthropic, ownProvider: 'anthropic' }
  const openaiPlaces: readonly Place[] = [
    { ...openai, prefix: '/openai/v1', surface: 'openai' },
    { ...openai, prefix: '/openai', surface: 'openai' },
    { ...openai, prefix: '/v1', surface: 'root' },
  ]
  const anthropicPlaces: readonly Place[] = [
    { ...anthropic, prefix: '/anthropic/v1', surface: 'anthropic' },
    { ...anthropic, prefix: '/anthropic', surface: 'anthropic' },
  ]
  const genai = { wire: wires.genai, ownProvider: 'gemini', surface: 'genai' } as const
  const [batches] = anthropicCollections
  const rootBatches = batches === undefined ? [] : [batches]
  return [
    ...openaiPlaces.flatMap((place) =>
      openaiCollections.flatMap((collection) => {
        const wire = collection.kind === 'response' ? (wires.responses ?? place.wire) : place.wire
        return routesOf({ ...place, wire }, collection)
      }),
    ),
    ...anthropicPlaces.flatMap((place) => anthropicCollections.flatMap((each) => routesOf(place, each))),
    // At the root `/files` is OpenAI's; only what lies below `/messages` can be Anthropic's.
    ...rootBatches.flatMap((each) => routesOf({ ...anthropic, prefix: '/v1', surface: 'root' }, each)),
    ...['v1beta', 'v1'].flatMap((version) => [
      ...routesOf({ ...genai, prefix: `/genai/${version}` }, genaiFiles),
      { ...genai, ...genaiUploads, path: `/genai/upload/${version}/files` },
    ]),
  ]
}

function routesOf({ prefix, ...place }: Place, collection: Collection): readonly ResourceRoute[] {
  const { at, operation, resourceWire, kind } = collection
  return collection.actions.map(({ one: isOne, method, action, body, names }) => ({
    ...place,
    method,
    path: `${prefix}${at}${isOne ? '/:id' : ''}${action}`,
    operation,
    resourceWire,
    kind,
    action,
    body,
    ...(names !== undefined && { names }),
  }))
}
