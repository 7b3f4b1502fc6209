import type {
  CallerContext,
  CallerWire,
  Decoded,
  Encoded,
  ImageRequest,
  ImageResponse,
  JsonObject,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { optionalBoolean, optionalNumber, optionalText, requiredText } from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { createWarnings } from '../../warnings.ts'

/** Source: npm package openai 7.57.0, resources/images.d.ts, ImageGenerateParams. */
const known: ReadonlySet<string> = new Set([
  ...['model', 'prompt', 'n', 'size', 'output_format', 'response_format', 'stream', 'user', 'fallbacks'],
])

function decodeRequest(body: JsonObject): Decoded<ImageRequest> {
  const request: Draft<ImageRequest> = {
    model: optionalText(body, 'model') ?? '',
    prompt: requiredText(body, 'prompt'),
  }
  const count = optionalNumber(body, 'n')
  if (count !== undefined) request.count = count
  const size = readSize(optionalText(body, 'size'))
  if (size !== undefined) request.size = size
  const format = optionalText(body, 'output_format')
  if (format !== undefined) request.format = format
  const delivery = optionalText(body, 'response_format')
  if (delivery !== undefined) request.delivery = delivery === 'b64_json' ? 'base64' : 'url'
  if (optionalBoolean(body, 'stream') === true) request.stream = true
  const user = optionalText(body, 'user')
  if (user !== undefined) request.user = user
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) request.extensions = { 'openai-images': unknown }
  return { request, warnings: [] }
}

function readSize(text: string | undefined): ImageRequest['size'] {
  if (text === undefined || text === 'auto') return undefined
  const found = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text)
  if (found === null)
    throw invalidRequest('size', 'size must be "auto" or like "1024x1024".', 'invalid_value')
  return { width: Number(found[1]), height: Number(found[2]) }
}

/** Pictures go down in the way that the provider has them: what lies elsewhere is not fetched here. */
function encodeResponse(response: ImageResponse, caller: CallerContext<ImageRequest>): Encoded {
  const warnings = createWarnings()
  const { delivery } = caller.request
  const data = response.images.map((image) => {
    if (delivery !== undefined && image.kind !== delivery) warnings.changed('response_format')
    return image.kind === 'url' ? { url: image.url } : { b64_json: image.data }
  })
  const body: JsonObject = { created: response.createdAtSeconds ?? caller.nowSeconds, data }
  return { body, warnings: warnings.all() }
}

/** What of OpenAI's image generation crosses. */
export const images: Pick<CallerWire<ImageRequest, ImageResponse>, 'decodeRequest' | 'encodeResponse'> = {
  decodeRequest,
  encodeResponse,
}
