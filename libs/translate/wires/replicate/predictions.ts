import {
  GatewayError,
  type JobApi,
  type Json,
  type JsonObject,
  type TapFacts,
  type UpstreamErrorAnswer,
  type Usage,
} from '#contract'
import { maskSecrets } from '../../mask-secrets.ts'
import { asList, asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { malformedAnswer, upstreamRejected } from '../../upstream-error.ts'

/*
 * Replicate's predictions: a model is run, and what became of it is asked for. `POST /v1/predictions` takes an official
 * model (`owner/name`), a version of any other (`owner/name:version`) or a version's id, and an `input` whose members are
 * the model's own. https://replicate.com/docs/reference/http#predictions.create
 *
 *   status                          what is done
 *   starting, processing            asked again, or its stream is read
 *   succeeded                       its `output` is the answer
 *   failed, canceled, aborted       an error with its `error`
 */

const ended: ReadonlySet<string> = new Set(['succeeded', 'failed', 'canceled', 'aborted'])

/** Between two questions; the vendor's own clients wait as long. */
const pollMs = 500

export const job: JobApi = {
  next(prediction, { stream }) {
    const id = idOf(prediction)
    if (ended.has(asText(prediction['status']) ?? '')) return undefined
    const place = stream ? placeOf(asObject(prediction['urls'])?.['stream']) : undefined
    return place === undefined
      ? { path: `/v1/predictions/${encodeURIComponent(id)}`, afterMs: pollMs }
      : { ...place, afterMs: 0, stream: true }
  },
  cancelPath: (prediction) => `/v1/predictions/${encodeURIComponent(idOf(prediction))}/cancel`,
  framesOf(prediction) {
    const text = outputText(prediction)
    const done = { event: 'done', data: '{}' }
    return text === '' ? [done] : [{ event: 'output', data: text }, done]
  },
}

function idOf(prediction: JsonObject): string {
  const id = asText(prediction['id'])
  if (id === undefined || id === '') throw malformedAnswer('it is no prediction')
  return id
}

/**
 * Streams of text are at hosts of the cluster that runs the model (`stream-b.svc.ric1.c.replicate.net/v1/streams/…`), those of
 * files at `stream.replicate.com/v1/files/…`. An address that is not the vendor's is none: a key goes along.
 */
const ownOrigin = /^https:\/\/(?:[a-z0-9-]+\.)+replicate\.(?:com|net)$/

function placeOf(url: Json | undefined): { readonly origin: string; readonly path: string } | undefined {
  const text = asText(url)
  if (text === undefined || !URL.canParse(text)) return undefined
  const { origin, pathname, search, username, password } = new URL(text)
  const isPlain = username + password === '' && /^[\w%.~?&=-]*$/.test(search)
  if (!isPlain || !ownOrigin.test(origin) || !/^\/v1\/[\w%.~/-]+$/.test(pathname)) return undefined
  return { origin, path: pathname + search }
}

/** The one text of a prediction whose output comes in pieces. Throws `upstream-failed` for one that failed. */
export function outputText(prediction: JsonObject): string {
  const output = outputOf(prediction)
  return (asList(output) ?? [output]).map((piece) => asText(piece) ?? '').join('')
}

/** Throws `upstream-failed` for a prediction that failed. */
export function outputOf(prediction: JsonObject): Json | undefined {
  const status = asText(prediction['status'])
  if (status === 'succeeded') return prediction['output']
  if (status === undefined || !ended.has(status)) throw malformedAnswer('it is no prediction that has ended')
  throw predictionFailed(asText(prediction['error']) ?? `the prediction was ${status}`)
}

/** The model's own failure comes with status 200. */
export function predictionFailed(message: string): GatewayError {
  return new GatewayError({
    kind: 'upstream-failed',
    code: 'prediction_failed',
    message: `The provider's model failed: ${maskSecrets(message)}`,
  })
}

export function createdAtSeconds(prediction: JsonObject): number | undefined {
  const ms = Date.parse(asText(prediction['created_at']) ?? '')
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
}

/** Tokens, of models that count them: `metrics` of https://replicate.com/docs/reference/http#predictions.get */
export function tapResponse(prediction: JsonObject): TapFacts {
  const usage = usageOf(prediction)
  const stopReason = asText(prediction['status'])
  return { ...(usage !== undefined && { usage }), ...(stopReason !== undefined && { stopReason }) }
}

export function usageOf(prediction: JsonObject): Usage | undefined {
  const raw = asObject(prediction['metrics'])
  const [input, output] = [asNumber(raw?.['input_token_count']), asNumber(raw?.['output_token_count'])]
  if (raw === undefined || (input === undefined && output === undefined)) return undefined
  return {
    input: input === undefined ? {} : { total: input },
    output: output === undefined ? {} : { total: output },
    raw,
  }
}

/** `{"title", "detail", "status"}`. https://replicate.com/docs/reference/http#errors */
export function decodeError(answer: UpstreamErrorAnswer): GatewayError {
  const body = parseObject(answer.text)
  return upstreamRejected(answer, {
    message: asText(body?.['detail']) ?? asText(body?.['title']),
    type: asText(body?.['title']),
  })
}
