import { isJsonObject, type Json, type JsonObject } from '#contract'
import { countTokens } from '../answer.ts'
import type { Vendor } from '../types.ts'
import { invalid, unknownModel, violation, wrongValue } from './errors.ts'
import { readPath } from './path.ts'
import { generateContentRequest, readMessage } from './proto.ts'
import { readContents, readParts } from './read-contents.ts'
import { readTools } from './read-tools.ts'

const mimeTypes = ['text/plain', 'application/json', 'text/x.enum', 'application/xml', 'application/yaml']
const levels = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH', 'XHIGH', 'THINKING_LEVEL_UNSPECIFIED']

/** Checks a request as the vendor does, and reads what the answer depends on. */
export const readRequest: Vendor['read'] = ({ body, path, knows, acceptUnknown }) => {
  const { version, model, method, isArray } = readPath(path)
  const request = readMessage(parse(body), generateContentRequest, { path: '', acceptUnknown })
  // A scenario alone is a model of the newest kind.
  const generation = Number(/gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1] ?? 0)
  const contents = readContents(request['contents'], { signatures: generation >= 3 })
  const system = readSystem(request['systemInstruction'])
  const config = objectOf(request['generationConfig'])
  const { toolCall, hasFunctions } = readTools(request, contents)
  const stop = readConfig(config)
  readFormat(config, { blocked: hasFunctions && generation < 3 })
  readThinking(objectOf(config['thinkingConfig']), { model, generation })
  if (!knows(model)) throw unknownModel(model, version, method)
  return {
    model,
    stream: method === 'streamGenerateContent',
    text: contents.text,
    inputTokens: countTokens(contents.characters + system.length),
    maxTokens: numberOf(config['maxOutputTokens']),
    stop,
    candidates: numberOf(config['candidateCount']) ?? 1,
    includeUsage: true,
    includeObfuscation: false,
    toolCall,
    ...(isArray && { streamFormat: 'json-array' as const }),
  }
}

export function parse(body: Buffer): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw invalid('Invalid JSON payload received. Unexpected end of string. Expected a value.')
  }
  if (!isJsonObject(value)) {
    throw invalid('Invalid JSON payload received. Unknown name "": Root element must be a message.', '')
  }
  return value
}

function readSystem(value: Json | undefined): string {
  if (!isJsonObject(value)) return ''
  return readParts(value, 'system_instruction')
    .map((part) => String(part['text'] ?? ''))
    .join('')
}

function readConfig(config: JsonObject): readonly string[] {
  range(config, 'temperature', [0, 2])
  range(config, 'topP', [0, 1])
  range(config, 'presencePenalty', [-2, 2])
  range(config, 'frequencyPenalty', [-2, 2])
  range(config, 'candidateCount', [1, 8])
  range(config, 'maxOutputTokens', [1, 65_536])
  if (numberOf(config['logprobs']) !== undefined && config['responseLogprobs'] !== true) {
    throw invalid('Logprobs is set but response_logprobs is not.')
  }
  const seed = numberOf(config['seed'])
  if (seed !== undefined && Math.abs(seed) > 2 ** 31) {
    throw wrongValue('generation_config.seed', 'TYPE_INT32', seed)
  }
  const stop = (config['stopSequences'] ?? []) as readonly string[]
  if (stop.length > 5) {
    throw violation('generation_config.stop_sequences', 'the number of stop_sequences must not exceed 5.')
  }
  if (stop.includes('')) throw violation('generation_config.stop_sequences', 'must not be empty.')
  return stop
}

function range(config: JsonObject, name: string, [least, most]: readonly [number, number]): void {
  const value = numberOf(config[name])
  if (value === undefined || (value >= least && value <= most)) return
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  throw violation(`generation_config.${snake}`, `${snake} must be in the range [${least}, ${most}].`)
}

function readFormat(config: JsonObject, { blocked }: { readonly blocked: boolean }): void {
  const type = config['responseMimeType']
  if (type !== undefined && !mimeTypes.includes(String(type))) {
    throw violation('generation_config.response_mime_type', `allowed mimetypes are ${mimeTypes.join(', ')}.`)
  }
  const schemas = ['responseSchema', 'responseJsonSchema', '_responseJsonSchema'].filter(
    (name) => name in config,
  )
  if (schemas.length > 1) throw invalid('Only one of response_schema and response_json_schema may be set.')
  const isPlain = type === undefined || type === 'text/plain'
  if (schemas.length > 0 && isPlain) {
    throw violation(
      'generation_config.response_schema',
      'response_schema is only supported when response_mime_type is set to a supported type.',
    )
  }
  if (blocked && type === 'application/json') {
    throw invalid("Function calling with a response mime type: 'application/json' is unsupported")
  }
}

function readThinking(
  config: JsonObject,
  { model, generation }: { readonly model: string; readonly generation: number },
): void {
  const { thinkingBudget: budget, thinkingLevel: level } = config
  const isAsked = budget !== undefined || level !== undefined || config['includeThoughts'] === true
  if (!isAsked) return
  if (generation > 0 && generation < 2.5) throw invalid(`Thinking is not enabled for models/${model}`)
  if (budget !== undefined && level !== undefined) {
    throw invalid('You can only set only one of thinking budget and thinking level.')
  }
  if (level !== undefined && !levels.includes(String(level))) {
    throw wrongValue('generation_config.thinking_config.thinking_level', 'ThinkingLevel', level)
  }
  if (level !== undefined && generation > 0 && generation < 3) {
    throw invalid(`Thinking level is not supported for this model.`)
  }
  if (budget !== undefined) checkBudget(Number(budget), model)
}

function checkBudget(budget: number, model: string): void {
  const isPro = model.includes('pro')
  const most = isPro ? 32_768 : 24_576
  const least = isPro ? 128 : model.includes('lite') ? 512 : 1
  if (budget === -1 || (budget === 0 && !isPro) || (budget >= least && budget <= most)) return
  throw invalid(
    `The thinking budget ${budget} is invalid. Please choose a value between ${least} and ${most}.`,
  )
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}
