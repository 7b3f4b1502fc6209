import type {
  ChatRequest,
  Decoded,
  Json,
  JsonObject,
  RequestAddress,
  ResponseFormat,
  Sampling,
} from '#contract'
import type { Draft } from '../../draft.ts'
import {
  optionalBoolean,
  optionalList,
  optionalObject,
  optionalText,
  optionalTexts,
} from '../../request-members.ts'
import { setMember } from '../../set-member.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeContents, decodeSystem } from './decode-contents.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { optionalFloat, optionalInteger } from './numbers.ts'
import { modelOf } from './peek.ts'
import { toJsonSchema } from './schema.ts'
import { camelCased } from './spelling.ts'
import { decodeThinking } from './thinking.ts'

/** Every member of `GenerateContentRequest`, for the spelling; those that have a neutral place are `known`. */
const members: ReadonlySet<string> = new Set([
  ...['contents', 'systemInstruction', 'generationConfig', 'tools', 'toolConfig', 'safetySettings'],
  ...['cachedContent', 'labels', 'serviceTier', 'modelArmorConfig', 'continuationToken', 'store', 'model'],
  'enableEnhancedCivicAnswers',
])
const known: ReadonlySet<string> = new Set([
  ...['model', 'contents', 'systemInstruction', 'generationConfig', 'tools', 'toolConfig', 'serviceTier'],
  'fallbacks',
])
const ofToolConfig: ReadonlySet<string> = new Set([
  ...['functionCallingConfig', 'retrievalConfig', 'includeServerSideToolInvocations'],
])
const ofConfig: ReadonlySet<string> = new Set([
  ...['temperature', 'topP', 'topK', 'candidateCount', 'maxOutputTokens', 'stopSequences', 'seed'],
  ...['presencePenalty', 'frequencyPenalty', 'responseLogprobs', 'logprobs', 'thinkingConfig'],
  ...['responseMimeType', 'responseSchema', 'responseJsonSchema', 'responseModalities', 'responseFormat'],
  ...['mediaResolution', 'speechConfig', 'audioTimestamp', 'imageConfig', 'routingConfig'],
  ...['modelSelectionConfig', 'audioTranscriptionConfig', 'enableAffectiveDialog'],
])
const knownOfToolConfig: ReadonlySet<string> = new Set(['functionCallingConfig'])
const knownOfConfig: ReadonlySet<string> = new Set([
  ...['temperature', 'topP', 'topK', 'candidateCount', 'maxOutputTokens', 'stopSequences', 'seed'],
  ...['presencePenalty', 'frequencyPenalty', 'responseLogprobs', 'logprobs', 'thinkingConfig'],
])
const formatMembers = ['responseMimeType', 'responseSchema', 'responseJsonSchema', '_responseJsonSchema']
const config = 'generationConfig.'

/** Wire → canonical. Throws `invalid-request` naming the member. */
export function decodeRequest(raw: JsonObject, address?: RequestAddress): Decoded {
  const body = camelCased(raw, members)
  const generation = camelCased(optionalObject(body, 'generationConfig') ?? {}, ofConfig)
  const request: Draft<ChatRequest> = {
    model: modelOf(body, address),
    stream: address?.stream ?? false,
    streamUsage: true,
    messages: [...decodeSystem(body['systemInstruction']), ...decodeContents(body)],
    sampling: decodeSampling(generation),
  }
  const tools = decodeTools(optionalList(body, 'tools'))
  if (tools !== undefined) request.tools = tools
  const toolConfig = optionalObject(body, 'toolConfig')
  const choice = decodeToolChoice(toolConfig && camelCased(toolConfig, ofToolConfig))
  if (choice !== undefined) request.toolChoice = choice
  const format = decodeFormat(generation)
  if (format !== undefined) request.responseFormat = format
  const reasoning = decodeThinking(optionalObject(generation, 'thinkingConfig', config))
  if (reasoning !== undefined) request.reasoning = reasoning
  const tier = optionalText(body, 'serviceTier')
  if (tier !== undefined) request.serviceTier = tier
  const unknown = decodeExtensions(body, generation, format !== undefined)
  if (unknown !== undefined) request.extensions = { 'gemini-generate': unknown }
  return { request, warnings: [] }
}

function decodeSampling(generation: JsonObject): Sampling {
  const sampling: Draft<Sampling> = {}
  const set = <K extends keyof Sampling>(member: K, value: Sampling[K] | undefined) => {
    if (value !== undefined) sampling[member] = value
  }
  set('temperature', optionalFloat(generation, 'temperature', config))
  set('topP', optionalFloat(generation, 'topP', config))
  // Older types have it as a float ("topK": 40.0, and clients that send 40.5 are not refused).
  set('topK', optionalFloat(generation, 'topK', config))
  set('candidates', optionalInteger(generation, 'candidateCount', config))
  set('maxOutputTokens', optionalInteger(generation, 'maxOutputTokens', config))
  set('stop', optionalTexts(generation, 'stopSequences', config))
  set('presencePenalty', optionalFloat(generation, 'presencePenalty', config))
  set('frequencyPenalty', optionalFloat(generation, 'frequencyPenalty', config))
  set('seed', optionalInteger(generation, 'seed', config))
  set('logprobs', optionalBoolean(generation, 'responseLogprobs', config))
  set('topLogprobs', optionalInteger(generation, 'logprobs', config))
  return sampling
}

/** `undefined` for a type without neutral form (`text/x.enum`), which is left to the extensions. */
function decodeFormat(generation: JsonObject): ResponseFormat | undefined {
  const type = optionalText(generation, 'responseMimeType', config)
  if (type === undefined || type === '') return undefined
  if (type === 'text/plain') return { type: 'text' }
  if (type !== 'application/json') return undefined
  const plain =
    optionalObject(generation, 'responseJsonSchema', config) ??
    optionalObject(generation, '_responseJsonSchema', config)
  const openApi = optionalObject(generation, 'responseSchema', config)
  const schema = plain ?? (openApi && toJsonSchema(openApi))
  // The vendor always holds to the schema and has no name for it.
  return schema === undefined
    ? { type: 'json' }
    : { type: 'json-schema', name: 'response', schema, strict: true }
}

/**
 * Unknown members, and what of the known ones has no neutral form. Those of a nested object stand under their whole
 * path (`generationConfig.speechConfig`), so that a warning names the member itself.
 */
function decodeExtensions(
  body: JsonObject,
  generation: JsonObject,
  hasFormat: boolean,
): JsonObject | undefined {
  const found: Record<string, Json | undefined> = {}
  const add = (prefix: string, members: JsonObject | undefined) => {
    for (const [name, value] of Object.entries(members ?? {})) setMember(found, prefix + name, value ?? null)
  }
  add('', unknownMembers(body, known))
  const format = hasFormat ? new Set([...knownOfConfig, ...formatMembers]) : knownOfConfig
  add(config, unknownMembers(generation, format))
  const toolConfig = camelCased(optionalObject(body, 'toolConfig') ?? {}, ofToolConfig)
  add('toolConfig.', unknownMembers(toolConfig, knownOfToolConfig))
  return Object.keys(found).length === 0 ? undefined : found
}
