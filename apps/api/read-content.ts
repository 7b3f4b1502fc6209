import type { IncomingMessage } from 'node:http'
import { GatewayError, type Peek, type RequestAddress } from '#contract'
import type { ApiContext, ContentKind, InferenceRoute, PassthroughRoute } from './context.ts'
import { nameModel } from './name-model.ts'
import { parseBody } from './parse-body.ts'
import { readBody } from './read-body.ts'
import { type Form, readBytes, readForm, type Upload } from './read-form.ts'

/** The body of a request that goes on as it is, and what routing needs of it: `model` is empty where none is named. */
export type Content = { readonly peek: Peek } & (
  | { readonly kind: 'none' | 'json'; readonly bytes: Uint8Array }
  | { readonly kind: 'form'; readonly form: Form }
  | { readonly kind: 'bytes'; readonly upload: Upload }
)

/** Rejects `unsupported-media-type` (415) for a kind of body that the route does not take. */
export async function readContent(
  api: ApiContext,
  route: InferenceRoute & { readonly passthrough: PassthroughRoute },
  http: {
    readonly request: IncomingMessage
    readonly address: RequestAddress
    /** Of the path, whatever the body says. */
    readonly deployment: string | undefined
    /** Of the caller's header, for a body that names none. */
    readonly fallbackModel: string | undefined
  },
): Promise<Content> {
  const { request, address, deployment, fallbackModel } = http
  const { server } = api.config
  const kind = kindOf(request, route.passthrough.accepts)
  if (!route.passthrough.accepts.includes(kind)) throw unsupported(route.passthrough.accepts)
  const unnamed = { model: address.model ?? fallbackModel ?? '', streamUsage: true, fallbacks: [] }
  if (kind === 'form') {
    const timeoutMs = api.bodyTimeoutMs
    const form = await readForm(request, { limitBytes: server.maxUploadBytes, timeoutMs, deployment })
    const model = deployment ?? form.model ?? unnamed.model
    return { kind, form, peek: { ...unnamed, model, stream: form.stream } }
  }
  if (kind === 'bytes') {
    const upload = readBytes(request, server.maxUploadBytes)
    return { kind, upload, peek: { ...unnamed, stream: address.stream ?? false } }
  }
  if (kind === 'none') {
    return { kind, bytes: new Uint8Array(), peek: { ...unnamed, stream: address.stream ?? false } }
  }
  const sent = await readBody(request, {
    limitBytes: server.maxRequestBodyBytes,
    timeoutMs: api.bodyTimeoutMs,
  })
  const json = parseBody(sent)
  const body = nameModel({ bytes: sent, json }, deployment ?? ('model' in json ? undefined : fallbackModel))
  return { kind, bytes: body.bytes, peek: route.wire.peek(body.json, address) }
}

function kindOf({ headers }: IncomingMessage, accepts: readonly ContentKind[]): ContentKind {
  const length = headers['content-length']
  const empty = headers['transfer-encoding'] === undefined && (length === undefined || length === '0')
  if (empty && accepts.includes('none')) return 'none'
  if (accepts.includes('bytes')) return 'bytes'
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  return type === 'multipart/form-data' ? 'form' : 'json'
}

const spoken: Readonly<Record<ContentKind, string>> = {
  json: 'application/json',
  form: 'multipart/form-data',
  bytes: 'any body',
  none: 'no body',
}

function unsupported(accepts: readonly ContentKind[]): GatewayError {
  return new GatewayError({
    kind: 'unsupported-media-type',
    code: 'unsupported_media_type',
    message: `This kind of body is not supported here; send ${accepts.map((kind) => spoken[kind]).join(' or ')}.`,
  })
}
