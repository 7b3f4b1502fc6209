import { isJsonObject, type Json, type JsonObject } from '#contract'

/** What text costs in JSON, about: counting it by a vocabulary takes milliseconds, and the usage corrects it anyway. */
const bytesPerToken = 4
/** A file inside a request costs by what it shows, which nobody knows yet; as many as an image of middling size. */
const tokensPerFile = 1_000
/** Shorter bodies are not looked through for files. */
const shortestFile = 1_024
const longestEstimate = 1_000_000_000
const base64Start = new RegExp(`^[A-Za-z0-9+/_-]{${shortestFile}}`)

/**
 * The tokens that a request is taken to use until its usage is known: a quarter of the bytes of its body, a thousand for
 * each file in base64, and as many as it lets the model write. A request that names no bound counts its input alone.
 */
export function estimateAdmission(request: {
  /** Length of the body. */
  readonly bytes: number
  /** Parsed, where it is JSON. */
  readonly body: JsonObject | undefined
}): number {
  const { bytes, body } = request
  if (body === undefined) return 1
  const files = bytes > shortestFile ? filesIn(body) : { count: 0, bytes: 0 }
  const input = Math.ceil(Math.max(0, bytes - files.bytes) / bytesPerToken) + files.count * tokensPerFile
  return Math.min(Math.max(1, input + outputBound(body)), longestEstimate)
}

/** What the wires call the most that may be written. */
function outputBound(body: JsonObject): number {
  return (
    bound(body['max_completion_tokens']) ??
    bound(body['max_tokens']) ??
    bound(body['max_output_tokens']) ??
    bound(member(body, 'generationConfig', 'maxOutputTokens')) ??
    bound(member(body, 'generation_config', 'max_output_tokens')) ??
    bound(member(body, 'inferenceConfig', 'maxTokens')) ??
    0
  )
}

function member(body: JsonObject, outer: string, inner: string): Json | undefined {
  const value = body[outer]
  return isJsonObject(value) ? value[inner] : undefined
}

/** Whatever is no such number is the wire's to refuse. */
function bound(value: Json | undefined): number | undefined {
  return typeof value === 'number' && value > 0 ? Math.min(Math.ceil(value), longestEstimate) : undefined
}

function filesIn(body: JsonObject): { readonly count: number; readonly bytes: number } {
  let count = 0
  let bytes = 0
  const open: (JsonObject | readonly Json[])[] = [body]
  for (let outer = open.pop(); outer !== undefined; outer = open.pop()) {
    for (const inner of Array.isArray(outer) ? (outer as readonly Json[]) : Object.values(outer)) {
      if (typeof inner === 'object' && inner !== null) open.push(inner)
      else if (typeof inner === 'string' && isFile(inner)) {
        count += 1
        bytes += inner.length
      }
    }
  }
  return { count, bytes }
}

function isFile(text: string): boolean {
  return text.length > shortestFile && (text.startsWith('data:') || base64Start.test(text))
}
