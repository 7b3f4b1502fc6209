import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the vendor saw it. `key` is the credential, in whichever header it came. */
export type SeenCall = {
  readonly method: string
  readonly path: string
  readonly key: string
  readonly body: string
  readonly contentType: string | undefined
}

export type Vendor = {
  readonly url: string
  readonly seen: readonly SeenCall[]
  /** The calls with this path, the last one last. */
  callsTo(path: string): readonly SeenCall[]
  close(): Promise<void>
}

/**
 * A vendor that keeps things per credential, as the real ones do: what one key made another does not find. Its shapes are
 * those of `openai` 7.57.0 (FileObject, Batch, Response) and `@anthropic-ai/sdk` 1.12.0 (MessageBatch).
 */
export async function startVendor(): Promise<Vendor> {
  const seen: SeenCall[] = []
  const kept = new Map<string, { readonly key: string; readonly thing: object }>()
  let made = 0
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const key = request.headers.authorization?.replace('Bearer ', '') ?? String(request.headers['x-api-key'])
    const body = Buffer.concat(chunks).toString()
    const path = request.url ?? ''
    const method = request.method ?? ''
    seen.push({ method, path, key, body, contentType: request.headers['content-type'] })
    const answer = answerTo({ method, path: path.split('?', 1)[0] ?? '', key, body })
    response.writeHead(answer.status, { 'content-type': answer.type ?? 'application/json' })
    response.end(answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  type Asked = { readonly method: string; readonly path: string; readonly key: string; readonly body: string }
  type Given = { readonly status: number; readonly body: string; readonly type?: string }
  const ok = (thing: object): Given => ({ status: 200, body: JSON.stringify(thing) })

  const contents: Readonly<Record<string, Given>> = {
    content: { status: 200, type: 'application/json', body: '{"id":"file-lure","ours":1.0}' },
    results: { status: 200, type: 'application/x-jsonl', body: '{"custom_id":"a"}\n' },
  }

  function missing(id: string): Given {
    const error = { type: 'invalid_request_error', message: `No such thing: ${id}`, param: 'id', code: null }
    return { status: 404, body: JSON.stringify({ type: 'error', error }) }
  }

  function make(prefix: string, key: string, thing: object): object {
    made += 1
    const whole = { id: `${prefix}${made}`, ...thing }
    kept.set(whole.id, { key, thing: whole })
    return whole
  }

  function answerTo(asked: Asked): Given {
    const { method, path, key } = asked
    const [, collection = '', id = '', action = ''] =
      /^\/v1\/(files|batches|responses|messages\/batches)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path) ?? []
    if (id === '') return method === 'POST' ? create(asked) : list(collection, key)
    const found = kept.get(id)
    if (found === undefined || found.key !== key) return missing(id)
    if (method === 'DELETE') {
      kept.delete(id)
      return ok({ id, deleted: true })
    }
    return contents[action] ?? ok(found.thing)
  }

  function create({ path, key, body }: Asked): Given {
    if (path === '/v1/files')
      return ok(make('file-', key, { object: 'file', bytes: body.length, purpose: 'batch' }))
    if (path === '/v1/responses') {
      const { stream } = JSON.parse(body) as { stream?: boolean }
      const thing = make('resp_', key, {
        object: 'response',
        status: 'completed',
        model: 'gpt-4o',
        output: [],
      })
      if (stream !== true) return ok(thing)
      const event = (type: string) => `event: ${type}\ndata: ${JSON.stringify({ type, response: thing })}\n\n`
      const events = event('response.created') + event('response.completed')
      return { status: 200, type: 'text/event-stream', body: events }
    }
    if (path === '/v1/messages/batches') {
      const batch = make('msgbatch_', key, { type: 'message_batch', processing_status: 'ended' })
      const { id } = batch as { id: string }
      const results_url = `https://api.anthropic.com/v1/messages/batches/${id}/results`
      kept.set(id, { key, thing: { ...batch, results_url } })
      return ok({ ...batch, results_url })
    }
    const output = make('file-', key, { object: 'file' }) as { id: string }
    const { input_file_id } = JSON.parse(body) as { input_file_id: string }
    if (kept.get(input_file_id)?.key !== key)
      return { status: 400, body: '{"error":{"message":"no such file"}}' }
    return ok(
      make('batch_', key, { object: 'batch', input_file_id, output_file_id: output.id, status: 'completed' }),
    )
  }

  function list(collection: string, key: string): Given {
    const object = { files: 'file', batches: 'batch' }[collection]
    const things = [...kept.values()].filter((entry) => entry.key === key).map((entry) => entry.thing)
    const data = things.filter((thing) => (thing as { object?: string }).object === object)
    return ok({ object: 'list', data, has_more: false })
  }

  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    callsTo: (path) => seen.filter((call) => call.path.split('?', 1)[0] === path),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
