import type { IncomingMessage } from 'node:http'
import { GatewayError } from '#contract'
import { boundaryOf, createFormEditor } from '#translate'
import { type BodyReader, createBodyReader } from './body-reader.ts'
import { checkEncoding, requestTimeout } from './read-body.ts'

/** How much of a form is read before it is known where it goes. */
export const maxHeadBytes = 1024 * 1024

/** A body that is passed on as it comes, to be read once. */
export type Upload = {
  readonly bytes: AsyncIterable<Uint8Array>
  /** Absent where it is not known before it is read. */
  readonly length: number | undefined
}

/** A multipart form of which the head has been read and the rest has not. */
export type Form = {
  /** Of its head; absent where it comes later, or never. */
  readonly model: string | undefined
  /** What its head says; a later `stream` shows in the answer alone. */
  readonly stream: boolean
  /**
   * The whole form. `model` is asked for the value that takes the place of a `model` field; what it throws is what the
   * reader gets.
   */
  upload(model: (value: string) => string): Upload
}

/**
 * Reads a form up to its `model`, at most 1 MiB of it. Rejects `unsupported-media-type` (415) for a
 * compressed one, `too-large` (413) when its length says so,
 * `invalid-request` for one without a boundary, `timeout` (408) when its head does not come.
 */
export async function readForm(
  request: IncomingMessage,
  options: {
    readonly limitBytes: number
    readonly timeoutMs: number
    /** Put into a form that is whole within its head and names no model. */
    readonly deployment?: string | undefined
  },
): Promise<Form> {
  checkEncoding(request)
  const boundary = boundaryOf(request.headers['content-type'] ?? '')
  if (boundary === undefined) throw noBoundary()
  const tooLarge = () => uploadTooLarge(options.limitBytes)
  if (Number(request.headers['content-length']) > options.limitBytes) throw tooLarge()
  const reader = createBodyReader(request, { limitBytes: options.limitBytes, tooLarge })
  try {
    const { pieces, fields, whole } = await within(options.timeoutMs, readHead(reader, boundary))
    const { deployment } = options
    const lacksModel = whole && !fields.has('model') && deployment !== undefined
    const added = lacksModel ? modelPart(boundary, deployment) : Buffer.alloc(0)
    return {
      model: fields.get('model')?.trim() || undefined,
      stream: fields.get('stream')?.trim() === 'true',
      upload: (model) => ({
        bytes: editModel({
          pieces: [added, ...pieces],
          rest: whole ? undefined : reader,
          boundary,
          model: once(model),
        }),
        length: lacksModel ? undefined : editedLength(request, fields.get('model'), model),
      }),
    }
  } catch (error) {
    await reader.return()
    throw error
  }
}

/** What comes before a form's first part may be another part. */
function modelPart(boundary: string, model: string): Buffer {
  const value = model.replaceAll(/[\r\n]/g, '')
  return Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="model"\r\n\r\n${value}\r\n`)
}

/** Bytes of any type. */
export function readBytes(request: IncomingMessage, limitBytes: number): Upload {
  checkEncoding(request)
  const tooLarge = () => uploadTooLarge(limitBytes)
  if (Number(request.headers['content-length']) > limitBytes) throw tooLarge()
  return { bytes: createBodyReader(request, { limitBytes, tooLarge }), length: lengthOf(request) }
}

function lengthOf({ headers }: IncomingMessage): number | undefined {
  return headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
}

/** The form's length with its model replaced; not known where the model is still to come. */
function editedLength(
  request: IncomingMessage,
  value: string | undefined,
  model: (value: string) => string,
): number | undefined {
  const length = lengthOf(request)
  if (length === undefined || value === undefined) return undefined
  return length - Buffer.byteLength(value) + Buffer.byteLength(model(value))
}

/** Two models in one form: which of them the provider would take is anyone's guess. */
function once(model: (value: string) => string): (value: string) => string {
  let seen = false
  return (value) => {
    if (seen) throw modelTwice()
    seen = true
    return model(value)
  }
}

async function readHead(reader: BodyReader, boundary: string) {
  const pieces: Buffer[] = []
  const fields = new Map<string, string>()
  const scanner = createFormEditor({
    boundary,
    fields: ['model', 'stream'],
    edit(name, value) {
      fields.set(name, value)
      return undefined
    },
  })
  let length = 0
  while (!fields.has('model') && length < maxHeadBytes) {
    const { done, value } = await reader.next()
    if (done === true) return { pieces, fields, whole: true }
    pieces.push(value)
    length += value.length
    scanner.push(value)
  }
  return { pieces, fields, whole: false }
}

/** Leaves the request alone as soon as its reader leaves, also while it waits for the caller. */
function editModel(form: {
  readonly pieces: Buffer[]
  readonly rest: BodyReader | undefined
  readonly boundary: string
  readonly model: (value: string) => string
}): AsyncIterable<Uint8Array> {
  const { pieces, rest, boundary } = form
  const editor = createFormEditor({ boundary, fields: ['model'], edit: (_name, value) => form.model(value) })
  const ready: Uint8Array[] = []
  let ended = false

  async function next(): Promise<IteratorResult<Uint8Array>> {
    while (ready.length === 0) {
      if (ended) return { done: true, value: undefined }
      const piece = pieces.shift() ?? (await rest?.next())?.value
      if (piece === undefined) ended = true
      ready.push(...(piece === undefined ? editor.end() : editor.push(piece)))
    }
    return { done: false, value: ready.shift() ?? new Uint8Array() }
  }

  return {
    [Symbol.asyncIterator]: () => ({
      next,
      async return() {
        ended = true
        pieces.length = 0
        ready.length = 0
        await rest?.return()
        return { done: true, value: undefined }
      },
    }),
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(requestTimeout()), limitMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    // Who is late is ended by its caller.
    work.catch(() => {})
  }
}

function modelTwice(): GatewayError {
  return new GatewayError({
    kind: 'invalid-request',
    code: 'invalid_form',
    message: 'The form names a model twice; name one.',
    param: 'model',
  })
}

function noBoundary(): GatewayError {
  return new GatewayError({
    kind: 'invalid-request',
    code: 'invalid_form',
    message: 'The content-type of the form has no boundary; send multipart/form-data with one.',
  })
}

function uploadTooLarge(limitBytes: number): GatewayError {
  return new GatewayError({
    kind: 'too-large',
    code: 'request_too_large',
    message: `The upload is larger than the ${Math.round((limitBytes / 1_048_576) * 100) / 100} MiB that this gateway accepts; send less, or raise server.max_upload_size_mb.`,
  })
}
