import { randomBytes } from 'node:crypto'
import { isJsonObject, type JsonObject } from '#contract'
import { edgeHeaders } from '../edge-headers.ts'
import { withoutChat } from '../no-chat.ts'
import { type PlainAnswer, type PlainRequest, type Vendor, VendorError } from '../types.ts'

/*
 * Replicate's predictions by the types of its SDK (PyPI `replicate` 2.0.0b4, types/prediction.py and
 * types/prediction_create_params.py; npm `replicate` 1.4.0, index.d.ts) and refusals that users have posted: members that
 * those do not name are refused. That the vendor itself refuses them, and its texts of 400, 404 and 405, are not verified.
 * Streams are where recordings have them (`tests/cassettes` of replicate/replicate-python). What a prediction does its prompt says: `polls=<n>` is still running when it is asked about that many times, `fails` fails, `streamless` has no
 * stream. A prediction is forgotten once it was told to have ended.
 *
 *   processing   created, with polls left                each question takes one
 *   ended        no polls left, or called off
 */
type Prediction = {
  readonly id: string
  readonly model: string
  readonly input: JsonObject & { readonly prompt: string }
  readonly streams: boolean
  pollsLeft: number
  canceled: boolean
}

const running = new Map<string, Prediction>()
const members = ['version', 'input', 'stream', 'webhook', 'webhook_events_filter']
const createPath = '/v1/predictions'
const json = { stream: false, contentType: 'application/json' } as const

function refusal(status: number, title: string, detail: string): VendorError {
  return new VendorError({ status, type: title, message: detail })
}

const unknownPath = () => refusal(404, 'Not found', 'The requested resource could not be found.')
const unknownModel = (_model: string) =>
  refusal(
    422,
    'Invalid version or not permitted',
    "The specified version does not exist (or perhaps you don't have permission to use it?)",
  )
const wrongMethod = () => refusal(405, 'Method not allowed', 'Method not allowed.')

function answer(request: PlainRequest): PlainAnswer {
  const { method, path } = request
  if (path === createPath) {
    if (method !== 'POST') throw wrongMethod()
    return create(request)
  }
  const [, id, canceling] = /^\/v1\/predictions\/([a-z0-9]+)(\/cancel)?$/.exec(path) ?? []
  const streamed = /^\/v1\/streams\/([a-z0-9]+)$/.exec(path)?.[1]
  const prediction = running.get(id ?? streamed ?? '')
  if (prediction === undefined) throw unknownPath()
  if (method !== (canceling === undefined ? 'GET' : 'POST')) throw wrongMethod()
  if (streamed !== undefined) return stream(prediction)
  if (canceling !== undefined) prediction.canceled = true
  return tell(prediction, 200)
}

function create(request: PlainRequest): PlainAnswer {
  const body = readJson(request.body)
  const strange = Object.keys(body).find((name) => !members.includes(name))
  if (strange !== undefined) throw invalid(`- ${strange}: Additional property ${strange} is not allowed`)
  const { version: model, input } = body
  if (typeof model !== 'string') throw invalid('- version is required')
  if (!request.knows(model)) throw unknownModel(model)
  if (!isJsonObject(input)) throw invalid('- input is required')
  const { prompt } = input
  if (typeof prompt !== 'string') throw invalid('- input: prompt is required\n')
  checkRatio(input)
  const prefer = request.headers['prefer']
  if (prefer !== undefined && !/^wait(?:=(?:[1-9]|[1-5]\d|60))?$/.test(String(prefer))) {
    throw invalid('- Prefer: must be wait or wait=n')
  }
  const prediction: Prediction = {
    id: randomBytes(13).toString('hex'),
    model,
    input: { ...input, prompt },
    streams: !isImageModel(model) && !prompt.includes('streamless'),
    pollsLeft: Number(/polls=(\d+)/.exec(prompt)?.[1] ?? (prefer === undefined ? 1 : 0)),
    canceled: false,
  }
  running.set(prediction.id, prediction)
  return tell(prediction, 201)
}

const isImageModel = (model: string) => model.startsWith('black-forest-labs/')
const ratios = ['1:1', '16:9', '21:9', '2:3', '3:2', '4:5', '5:4', '9:16', '9:21']

/** As flux-schnell and flux-dev have it. */
function checkRatio({ aspect_ratio: ratio }: JsonObject): void {
  if (ratio !== undefined && !ratios.includes(String(ratio))) {
    throw invalid(`- input.aspect_ratio: aspect_ratio must be one of the following: ${ratios.join(', ')}`)
  }
}

function tell(prediction: Prediction, status: number): PlainAnswer {
  const { id, model, input, streams } = prediction
  const hasEnded = prediction.canceled || prediction.pollsLeft === 0
  if (hasEnded) running.delete(id)
  else prediction.pollsLeft -= 1
  const { output, error, state } = outcomeOf(prediction, hasEnded)
  const urls = {
    get: `https://api.replicate.com/v1/predictions/${id}`,
    cancel: `https://api.replicate.com/v1/predictions/${id}/cancel`,
    ...(streams && { stream: `https://stream-b.svc.ric1.c.replicate.net/v1/streams/${id}` }),
  }
  const times = { created_at: '2026-11-25T10:15:03.123Z', started_at: null, completed_at: null }
  const about = { id, model, version: 'hidden', input, logs: '', source: 'api', data_removed: false }
  const metrics = hasEnded ? { input_token_count: 7, output_token_count: 5, predict_time: 0.1 } : {}
  const told = { ...about, status: state, output, error, metrics, urls, ...times }
  return { ...json, model, text: input.prompt, status, parts: JSON.stringify(told) }
}

function outcomeOf({ canceled, input, model }: Prediction, hasEnded: boolean) {
  if (canceled) return { state: 'canceled', output: null, error: null }
  if (!hasEnded) return { state: 'processing', output: null, error: null }
  if (input.prompt.includes('fails')) {
    return { state: 'failed', output: null, error: 'E1001: the model ran out of memory' }
  }
  const output = isImageModel(model)
    ? Array.from({ length: Number(input['num_outputs'] ?? 1) }, (_, index) => pictureOf(index))
    : ['You said: ', ...input.prompt.split(/(?= )/)]
  return { state: 'succeeded', output, error: null }
}

const pictureOf = (index: number) => `https://replicate.delivery/xezq/simulated/out-${index}.webp`

function stream(prediction: Prediction): PlainAnswer {
  const { id, model, input } = prediction
  running.delete(id)
  const { output, error } = outcomeOf(prediction, true)
  const event = (name: string, data: string, index: number) =>
    `event: ${name}\nid: 1764065704:${index}\ndata: ${data}\n\n`
  const events =
    output === null
      ? [
          event('error', JSON.stringify({ detail: error ?? 'canceled' }), 0),
          event('done', '{"reason": "error"}', 1),
        ]
      : [...output.map((piece, index) => event('output', piece, index)), event('done', '{}', output.length)]
  return {
    model,
    text: input.prompt,
    stream: true,
    contentType: 'text/event-stream; charset=utf-8',
    parts: events,
  }
}

function invalid(detail: string): VendorError {
  return refusal(422, 'Input validation failed', detail)
}

function readJson(body: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (isJsonObject(value)) return value
  } catch {
    // Refused below, as the vendor refuses both.
  }
  throw refusal(400, 'Bad request', 'The request body is not valid JSON.')
}

export const replicate: Vendor = {
  ...withoutChat(unknownPath),
  id: 'replicate',
  authenticate(headers, accepts) {
    const key = /^bearer\s+(.*)$/i.exec(headers.authorization ?? '')?.[1]?.trim()
    if (key === undefined || !accepts(key)) {
      throw refusal(401, 'Unauthenticated', 'You did not pass a valid authentication token')
    }
  },
  otherApi: (path) =>
    /^\/v1\/(?:predictions|streams\/)/.test(path) ? { anyMethod: true, answer } : undefined,
  errorBody: ({ type, message, status }) => JSON.stringify({ title: type, detail: message, status }),
  failure: ({ status, message = 'Something went wrong.', retryAfterSeconds }) =>
    new VendorError({ status, type: 'Internal server error', message, retryAfterSeconds }),
  unknownPath,
  unknownModel,
  wrongMethod,
  modelList: (models) =>
    JSON.stringify({ next: null, previous: null, results: models.map((name) => ({ name })) }),
  modelInfo: (model) => JSON.stringify({ name: model }),
  headers: () => ({ 'replicate-api-version': 'v1', ...edgeHeaders }),
}
