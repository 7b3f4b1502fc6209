import type {
  Encoded,
  ImageRequest,
  ImageResponse,
  Json,
  JsonObject,
  ProviderWire,
  TargetContext,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asList, asText } from '../../narrow.ts'
import { neverStreamed } from '../../never-streamed.ts'
import { setMember } from '../../set-member.ts'
import { peekUnary, spliceNothing } from '../../unary.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings } from '../../warnings.ts'
import { encodeError } from '../openai-chat/errors.ts'
import { inputsOfTheModel } from './input.ts'
import { createdAtSeconds, decodeError, job, outputOf, tapResponse } from './predictions.ts'

/*
 * Image models on Replicate. The inputs are those of Black Forest Labs' FLUX.1; another model's own come from the caller.
 * https://replicate.com/black-forest-labs/flux-schnell/api/schema
 */

function encodeRequest(request: ImageRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  if (request.stream) {
    throw invalidRequest('stream', "stream: the model's provider answers with whole pictures; leave it out.")
  }
  const input: Record<string, Json | undefined> = { prompt: request.prompt }
  if (request.count !== undefined && request.count !== 1) input['num_outputs'] = request.count
  if (request.size !== undefined) {
    // How many pixels a picture has is the model's own affair.
    warnings.changed('size')
    input['aspect_ratio'] = nearestRatio(request.size)
  }
  if (request.format !== undefined)
    input['output_format'] = request.format === 'jpeg' ? 'jpg' : request.format
  if (request.user !== undefined) warnings.unsupported('user')
  const own = inputsOfTheModel(request.extensions, { callers: 'openai-images', warnings })
  for (const [name, value] of Object.entries(own)) if (value !== undefined) setMember(input, name, value)
  return { body: { version: target.model, input }, warnings: warnings.all() }
}

/** The only ones that the models take: any other is refused. */
const ratios = ['1:1', '16:9', '21:9', '2:3', '3:2', '4:5', '5:4', '9:16', '9:21'] as const

function nearestRatio({ width, height }: NonNullable<ImageRequest['size']>): string {
  const distance = (ratio: string) => {
    const [across = 1, down = 1] = ratio.split(':').map(Number)
    return Math.abs(Math.log((across * height) / (down * width)))
  }
  return ratios.reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best))
}

/** One picture or several, each an address or, of small ones, a `data:` URL. */
function decodeResponse(body: JsonObject): ImageResponse {
  const output = outputOf(body)
  const images = (asList(output) ?? [output]).map((item) => imageOf(asText(item)))
  const response: Draft<ImageResponse> = { images }
  const created = createdAtSeconds(body)
  if (created !== undefined) response.createdAtSeconds = created
  return response
}

function imageOf(text: string | undefined): ImageResponse['images'][number] {
  const data = /^data:[^,]*;base64,(.*)$/s.exec(text ?? '')?.[1]
  if (data !== undefined) return { kind: 'base64', data }
  if (text === undefined || !/^https?:\/\//.test(text)) throw malformedAnswer('its output is no picture')
  return { kind: 'url', url: text }
}

export const replicateImages: ProviderWire<ImageRequest, ImageResponse> = {
  ...neverStreamed,
  id: 'replicate-images',
  operation: 'images',
  modelMember: 'version',
  job,
  peek: peekUnary,
  nativeSplice: spliceNothing,
  encodeRequest,
  decodeResponse,
  tapResponse,
  decodeError,
  encodeError,
}
