import { isJsonObject, type Json, type JsonObject } from '#contract'
import { countTokens } from '../answer.ts'
import type { Vendor } from '../types.ts'
import { constraint, invalid } from './errors.ts'
import {
  join,
  type Place,
  readList,
  readNumber,
  readObject,
  readOneOf,
  readText,
  readUnion,
} from './members.ts'
import { checkCachePoint } from './read-blocks.ts'
import { readMessages } from './read-messages.ts'
import { readToolCall } from './read-tools.ts'

/** Every member of ConverseRequest and ConverseStreamRequest but the model, which stands in the URL. */
const members = [
  ...[
    'messages',
    'system',
    'inferenceConfig',
    'toolConfig',
    'guardrailConfig',
    'additionalModelRequestFields',
  ],
  ...['promptVariables', 'additionalModelResponseFieldPaths', 'requestMetadata', 'performanceConfig'],
  ...['serviceTier', 'outputConfig'],
]

/** Checks a request as the vendor does, and reads what the answer depends on. */
export const readRequest: Vendor['read'] = ({ body, knows, acceptUnknown, address }) => {
  const place: Place = { path: '', acceptUnknown }
  const request = readObject(parse(body), place, members)
  const model = address?.model ?? ''
  const name = model.replace(/^(?:us|us-gov|eu|apac|jp|au|ca|global)\./, '')
  const generation = /claude-(?:opus|sonnet|haiku|fable)-(\d)(?:-(\d)(?!\d))?/.exec(name)
  const systemTurns = Number(generation?.[1] ?? 0) * 10 + Number(generation?.[2] ?? 0) >= 48
  const messages = readMessages(request['messages'], { place, systemTurns })
  const system = readSystem(request['system'], join(place, 'system'))
  const inference = readInference(request['inferenceConfig'], join(place, 'inferenceConfig'))
  const toolCall = readToolCall(request['toolConfig'], place, messages)
  checkOutput(request['outputConfig'], join(place, 'outputConfig'))
  checkModelFields(request['additionalModelRequestFields'], {
    name,
    maxTokens: inference.maxTokens,
    sampling: inference.sampling,
  })
  checkAccount(request, place)
  if (!knows(name)) throw invalid('The provided model identifier is invalid.')
  return {
    model,
    stream: address?.stream ?? false,
    text: messages.text,
    inputTokens: countTokens(messages.characters + system.length),
    maxTokens: inference.maxTokens,
    stop: inference.stop,
    candidates: 1,
    includeUsage: true,
    includeObfuscation: false,
    toolCall,
  }
}

function parse(body: Buffer): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw invalid('Malformed input request, please reformat your input and try again.')
  }
  if (!isJsonObject(value)) throw invalid('Malformed input request: #: expected type: JSONObject')
  return value
}

function readSystem(value: Json | undefined, place: Place): string {
  if (value === undefined || value === null) return ''
  return readList(value, place)
    .map((block, index) => {
      const at = join(place, index)
      const [kind, inner] = readUnion(block, at, ['text', 'guardContent', 'cachePoint'])
      if (kind === 'cachePoint') checkCachePoint(inner, join(at, kind))
      return kind === 'text' ? readText(inner, join(at, kind), /./s) : ''
    })
    .join('')
}

function readInference(value: Json | undefined, place: Place) {
  const config =
    value === undefined || value === null
      ? {}
      : readObject(value, place, ['maxTokens', 'temperature', 'topP', 'stopSequences'])
  const unit = { min: 0, max: 1 }
  const temperature = readNumber(config['temperature'], join(place, 'temperature'), unit)
  const topP = readNumber(config['topP'], join(place, 'topP'), unit)
  const stop = config['stopSequences']
  const at = join(place, 'stopSequences')
  return {
    maxTokens: readNumber(config['maxTokens'], join(place, 'maxTokens'), {
      min: 1,
      max: 2 ** 31 - 1,
      whole: true,
    }),
    sampling: [temperature, topP].filter((given) => given !== undefined).length,
    stop:
      stop === undefined
        ? []
        : readList(stop, at).map((text, index) => readText(text, join(at, index), /./s)),
  }
}

/** `schema` is JSON in a string. */
function checkOutput(value: Json | undefined, place: Place): void {
  if (value === undefined || value === null) return
  const config = readObject(value, place, ['textFormat', 'effort'])
  if (config['effort'] !== undefined) {
    readOneOf(config['effort'], join(place, 'effort'), ['low', 'medium', 'high', 'xhigh', 'max'])
  }
  if (config['textFormat'] === undefined) return
  const at = join(place, 'textFormat')
  const format = readObject(config['textFormat'], at, ['type', 'structure'])
  readOneOf(format['type'], join(at, 'type'), ['json_schema'])
  const [, definition] = readUnion(format['structure'], join(at, 'structure'), ['jsonSchema'])
  const inner = join(join(at, 'structure'), 'jsonSchema')
  const schema = readObject(definition, inner, ['schema', 'name', 'description'])
  const text = readText(schema['schema'], join(inner, 'schema'))
  if (!isObjectText(text)) throw constraint(join(inner, 'schema').path, 'be a JSON schema')
}

function isObjectText(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text))
  } catch {
    return false
  }
}

/** What Claude's own API says of its members. */
function checkModelFields(
  value: Json | undefined,
  facts: { readonly name: string; readonly maxTokens: number | undefined; readonly sampling: number },
): void {
  const isNew = /claude-(?:opus|sonnet|haiku)-4-[1-6]/.test(facts.name)
  if (isNew && facts.sampling > 1) {
    throw invalid(
      'The model returned the following errors: `temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    )
  }
  const thinking = isJsonObject(value) ? value['thinking'] : undefined
  if (!isJsonObject(thinking) || thinking['type'] !== 'enabled') return
  const budget = thinking['budget_tokens']
  if (typeof budget !== 'number' || budget < 1024) {
    throw invalid(
      'The model returned the following errors: thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
    )
  }
  if (facts.maxTokens !== undefined && facts.maxTokens <= budget) {
    throw invalid(
      'The model returned the following errors: `max_tokens` must be greater than `thinking.budget_tokens`.',
    )
  }
}

function checkAccount(request: JsonObject, place: Place): void {
  const metadata = request['requestMetadata']
  if (metadata !== undefined) {
    const at = join(place, 'requestMetadata')
    const allowed = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/
    for (const [name, value] of Object.entries(readObject(metadata, at))) {
      readText(name, join(at, 'key'), allowed)
      readText(value, join(at, name), allowed)
    }
  }
  const tier = request['serviceTier']
  if (tier !== undefined) {
    const at = join(place, 'serviceTier')
    const type = readObject(tier, at, ['type'])['type']
    readOneOf(type, join(at, 'type'), ['default', 'flex', 'priority', 'reserved'])
  }
}
