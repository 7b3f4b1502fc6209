import { randomUUID } from 'node:crypto'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
/** A request that has nothing after this long hangs. */
const hangMs = 60_000

export type Asked = {
  readonly url: string
  readonly model: string
  readonly stream?: boolean
  /** The caller's own key: whose request it is. */
  readonly tenant?: string
}

export type Told = {
  /** 0 = none: it hung, was cut, or the caller left. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The answer came whole. */
  readonly whole: boolean
  readonly startedAt: number
  readonly endedAt: number
}

/** One chat on its way. Times are epoch milliseconds, as the simulated vendors note theirs. */
export type Caller = {
  /** The text of its only message, by which the upstream knows it. */
  readonly nonce: string
  /** Never rejects. */
  readonly told: Promise<Told>
  /** When the first byte of the answer came. */
  readonly begunAt: number | undefined
  /** Cuts the connection. */
  leave(): void
}

export function call({ url, model, stream = false, tenant = 'caller' }: Asked): Caller {
  const nonce = randomUUID()
  const messages = [{ role: 'user', content: nonce }]
  const body = JSON.stringify({ model, max_tokens: 400, stream, messages })
  const startedAt = Date.now()
  const sent = request(`${url}/openai/v1/chat/completions`, {
    method: 'POST',
    agent,
    headers: {
      authorization: `Bearer ${tenant}`,
      'content-type': 'application/json',
      'x-request-id': nonce,
      'content-length': Buffer.byteLength(body),
    },
  })
  let begunAt: number | undefined
  const told = new Promise<Told>((resolve) => {
    const end = (answer: Pick<Told, 'status' | 'headers' | 'text' | 'whole'>) =>
      resolve({ ...answer, startedAt, endedAt: Date.now() })
    sent.on('error', () => end({ status: 0, headers: {}, text: '', whole: false }))
    sent.on('response', (response) => {
      const pieces: Buffer[] = []
      const { statusCode: status = 0, headers } = response
      response.on('data', (piece: Buffer) => {
        begunAt ??= Date.now()
        pieces.push(piece)
      })
      // A connection that is cut under an answer shows in `whole`.
      response.on('error', () => {})
      response.on('close', () =>
        end({ status, headers, text: Buffer.concat(pieces).toString(), whole: response.complete }),
      )
    })
  })
  sent.setTimeout(hangMs, () => sent.destroy())
  sent.end(body)
  return {
    nonce,
    told,
    get begunAt() {
      return begunAt
    },
    leave: () => void sent.destroy(),
  }
}

/** So many callers, each with its next request as soon as it has its answer, for so long. */
export async function closedLoop(options: {
  readonly callers: number
  readonly forMs: number
  readonly asked: (index: number) => Asked
}): Promise<readonly Told[]> {
  const { callers, forMs, asked } = options
  const until = Date.now() + forMs
  const all: Told[] = []
  const one = async (index: number) => {
    for (let turn = index; Date.now() < until; turn++) all.push(await call(asked(turn)).told)
  }
  await Promise.all(Array.from({ length: callers }, (_, index) => one(index)))
  return all
}
