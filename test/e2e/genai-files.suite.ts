import { once } from 'node:events'
import http, { type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A step of an upload, or a look at a file, as the vendor saw it. */
export type FileCall = {
  readonly method: string
  readonly url: string
  readonly key: string
  readonly headers: IncomingHttpHeaders
  readonly bytes: number
}

export type FilesVendor = {
  readonly url: string
  readonly calls: readonly FileCall[]
  /** What was uploaded, by the file's id. */
  readonly contents: ReadonlyMap<string, Buffer>
  close(): Promise<void>
}

type Session = {
  readonly key: string
  readonly type: string
  readonly length: number
  readonly displayName: string | undefined
  readonly pieces: Buffer[]
  received: number
  over: boolean
}
type Asked = FileCall & { readonly body: Buffer; readonly address: URL }
type Given = {
  readonly status: number
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

const granularity = 8 * 1024 * 1024
const idLength = 300

/**
 * The Files API of Google, strict about its resumable protocol: what `@google/genai` 3.3.0 sends (dist/node/index.mjs, `fetchUploadUrl`,
 * `uploadBlobInternal`) must be there, or the answer is a 400. `query`, the size that was received and the granularity are those
 * of Google's other APIs (https://developers.google.com/streetview/publish/resumable-uploads). That the granularity is 8
 * MiB and that an upload's id is `upload_id` in the query is known from tests of others' clients alone; its refusals are not
 * verified. Files are kept per key.
 */
export async function startFilesVendor(): Promise<FilesVendor> {
  const calls: FileCall[] = []
  const sessions = new Map<string, Session>()
  const files = new Map<string, { readonly key: string; readonly file: object }>()
  const contents = new Map<string, Buffer>()

  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { headers, method = '', url = '' } = request
    const body = Buffer.concat(chunks)
    const call = { method, url, key: String(headers['x-goog-api-key']), headers, bytes: body.length }
    calls.push(call)
    const answer = answerTo({ ...call, body, address: new URL(url, 'http://vendor') })
    const text = answer.body === undefined ? '' : JSON.stringify(answer.body)
    response.writeHead(answer.status, {
      'content-type': 'application/json; charset=UTF-8',
      ...answer.headers,
    })
    response.end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function answerTo(asked: Asked): Given {
    const { pathname } = asked.address
    if (!/^AIza-/.test(asked.key)) return refuse(403, 'PERMISSION_DENIED', 'The caller has no identity.')
    if (pathname === '/upload/v1beta/files' && asked.method === 'POST') return upload(asked)
    if (pathname === '/v1beta/files' && asked.method === 'GET') return list(asked)
    const id = /^\/v1beta\/files\/([a-z0-9-]+)$/.exec(pathname)?.[1] ?? ''
    const found = files.get(id)
    if (found === undefined || found.key !== asked.key) {
      return refuse(403, 'PERMISSION_DENIED', `You do not have permission to access the File ${id}.`)
    }
    if (asked.method === 'DELETE') {
      files.delete(id)
      return { status: 200, body: {} }
    }
    return { status: 200, body: found.file }
  }

  function upload(asked: Asked): Given {
    const command = String(asked.headers['x-goog-upload-command'])
    if (command === 'start') return start(asked)
    const session = sessions.get(asked.address.searchParams.get('upload_id') ?? '')
    if (session === undefined || session.over) return refuse(404, 'NOT_FOUND', 'No such upload.')
    if (session.key !== asked.key) return refuse(403, 'PERMISSION_DENIED', 'Another key began this upload.')
    if (command === 'query') return progress(session)
    if (command === 'upload' || command === 'upload, finalize') return take(asked, session, command)
    return invalid(`Unknown command ${command}.`)
  }

  function start({ headers, body, key, address }: Asked): Given {
    if (address.searchParams.has('upload_id')) return invalid('An upload starts without an id.')
    if (headers['x-goog-upload-protocol'] !== 'resumable') return invalid('Not resumable.')
    const length = Number(headers['x-goog-upload-header-content-length'])
    const type = headers['x-goog-upload-header-content-type']
    if (!Number.isInteger(length) || typeof type !== 'string') return invalid('Length and type are required.')
    if (!/^application\/json/.test(headers['content-type'] ?? '')) return invalid('The metadata are JSON.')
    const { file } = JSON.parse(body.toString()) as { file?: { displayName?: string; mimeType?: string } }
    if (file?.mimeType !== type) return invalid('The metadata name another type.')
    const id = `up${sessions.size}${'x'.repeat(idLength)}_-`
    const displayName = file.displayName
    sessions.set(id, { key, type, length, displayName, pieces: [], received: 0, over: false })
    const query = `upload_id=${id}&upload_protocol=resumable&key=${key}`
    return {
      status: 200,
      headers: {
        'x-goog-upload-status': 'active',
        'x-goog-upload-url': `${origin}/upload/v1beta/files?${query}`,
        'x-goog-upload-control-url': `${origin}/upload/v1beta/files?${query}`,
        'x-goog-upload-chunk-granularity': String(granularity),
      },
    }
  }

  function take(asked: Asked, session: Session, command: string): Given {
    const { headers, body } = asked
    if (headers['content-length'] === undefined) return refuse(411, 'INVALID_ARGUMENT', 'Say the length.')
    if (Number(headers['x-goog-upload-offset']) !== session.received) return invalid('Wrong offset.')
    session.pieces.push(body)
    session.received += body.length
    if (command === 'upload') {
      if (body.length % granularity !== 0) return invalid('A piece is a multiple of the granularity.')
      return { status: 200, headers: { 'x-goog-upload-status': 'active' } }
    }
    if (session.received !== session.length) return invalid('The length is not what was announced.')
    session.over = true
    const id = `file-${contents.size + 1}`
    contents.set(id, Buffer.concat(session.pieces))
    const file = {
      name: `files/${id}`,
      ...(session.displayName !== undefined && { displayName: session.displayName }),
      mimeType: session.type,
      sizeBytes: String(session.length),
      uri: `https://generativelanguage.googleapis.com/v1beta/files/${id}`,
      state: 'ACTIVE',
    }
    files.set(id, { key: asked.key, file })
    return { status: 200, body: { file }, headers: { 'x-goog-upload-status': 'final' } }
  }

  function progress({ received }: Session): Given {
    const size = { 'x-goog-upload-size-received': String(received) }
    return { status: 200, headers: { 'x-goog-upload-status': 'active', ...size } }
  }

  function list({ key }: Asked): Given {
    const own = [...files.values()].filter((entry) => entry.key === key)
    return { status: 200, body: { files: own.map(({ file }) => file) } }
  }

  return {
    url: origin,
    calls,
    contents,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function refuse(status: number, code: string, message: string): Given {
  return { status, body: { error: { code: status, message, status: code } } }
}

function invalid(message: string): Given {
  return refuse(400, 'INVALID_ARGUMENT', message)
}
