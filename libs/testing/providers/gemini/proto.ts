import { isJsonObject, type Json, type JsonObject } from '#contract'
import { unknownName, wrongValue } from './errors.ts'

/*
 * The request as the vendor's proto describes it, as far as it is checked: which members a message has, and of what kind.
 * Both spellings of a member are read; an unknown one is refused, as are values of another kind.
 * Source: @google/genai 3.3.0, dist/genai.d.ts (GenerateContentConfig, Content, Part, Tool, Schema, …) for what the Gemini
 * API takes.
 */

type Kind =
  | 'text'
  | 'float'
  | 'int'
  | 'bool'
  | 'any'
  | 'bytes'
  | Message
  | readonly ['list', Kind]
  | readonly ['map', Kind]
export type Message = { readonly name: string; readonly members: () => Readonly<Record<string, Kind>> }

const blob: Message = {
  name: 'Blob',
  members: () => ({ mimeType: 'text', data: 'bytes', displayName: 'text' }),
}
const fileData: Message = {
  name: 'FileData',
  members: () => ({ mimeType: 'text', fileUri: 'text', displayName: 'text' }),
}
const part: Message = {
  name: 'Part',
  members: () => ({
    text: 'text',
    thought: 'bool',
    thoughtSignature: 'bytes',
    inlineData: blob,
    fileData,
    functionCall: {
      name: 'FunctionCall',
      members: () => ({ id: 'text', name: 'text', args: ['map', 'any'] }),
    },
    functionResponse: {
      name: 'FunctionResponse',
      members: () => ({
        id: 'text',
        name: 'text',
        response: ['map', 'any'],
        parts: ['list', { name: 'FunctionResponsePart', members: () => ({ inlineData: blob, fileData }) }],
        willContinue: 'bool',
        scheduling: 'text',
      }),
    },
    executableCode: 'any',
    codeExecutionResult: 'any',
    toolCall: 'any',
    toolResponse: 'any',
    videoMetadata: 'any',
    mediaResolution: 'any',
    partMetadata: ['map', 'any'],
    mediaProcessing: 'text',
    speechMetadata: 'any',
  }),
}
const content: Message = { name: 'Content', members: () => ({ role: 'text', parts: ['list', part] }) }

/** The subset of OpenAPI 3.0: no `$ref`, no `additionalProperties`. */
const schema: Message = {
  name: 'Schema',
  members: () => ({
    type: 'text',
    format: 'text',
    title: 'text',
    description: 'text',
    nullable: 'bool',
    default: 'any',
    example: 'any',
    enum: ['list', 'text'],
    items: schema,
    maxItems: 'int',
    minItems: 'int',
    properties: ['map', schema],
    required: ['list', 'text'],
    minProperties: 'int',
    maxProperties: 'int',
    minimum: 'float',
    maximum: 'float',
    minLength: 'int',
    maxLength: 'int',
    pattern: 'text',
    anyOf: ['list', schema],
    propertyOrdering: ['list', 'text'],
  }),
}
const tool: Message = {
  name: 'Tool',
  members: () => ({
    functionDeclarations: [
      'list',
      {
        name: 'FunctionDeclaration',
        members: () => ({
          name: 'text',
          description: 'text',
          behavior: 'text',
          parameters: schema,
          parametersJsonSchema: 'any',
          response: schema,
          responseJsonSchema: 'any',
        }),
      },
    ],
    googleSearch: 'any',
    googleSearchRetrieval: 'any',
    codeExecution: 'any',
    urlContext: 'any',
    googleMaps: 'any',
    computerUse: 'any',
    fileSearch: 'any',
    mcpServers: 'any',
  }),
}
const generationConfig: Message = {
  name: 'GenerationConfig',
  members: () => ({
    temperature: 'float',
    topP: 'float',
    topK: 'int',
    candidateCount: 'int',
    maxOutputTokens: 'int',
    stopSequences: ['list', 'text'],
    presencePenalty: 'float',
    frequencyPenalty: 'float',
    seed: 'int',
    responseLogprobs: 'bool',
    logprobs: 'int',
    responseMimeType: 'text',
    responseSchema: schema,
    responseJsonSchema: 'any',
    _responseJsonSchema: 'any',
    responseModalities: ['list', 'text'],
    responseFormat: 'any',
    mediaResolution: 'text',
    speechConfig: 'any',
    imageConfig: 'any',
    audioTranscriptionConfig: 'any',
    enableEnhancedCivicAnswers: 'bool',
    thinkingConfig: {
      name: 'ThinkingConfig',
      members: () => ({ includeThoughts: 'bool', thinkingBudget: 'int', thinkingLevel: 'text' }),
    },
  }),
}

/** `GenerateContentRequest`. */
export const generateContentRequest: Message = {
  name: 'GenerateContentRequest',
  members: () => ({
    model: 'text',
    contents: ['list', content],
    systemInstruction: content,
    generationConfig,
    tools: ['list', tool],
    toolConfig: {
      name: 'ToolConfig',
      members: () => ({
        functionCallingConfig: {
          name: 'FunctionCallingConfig',
          members: () => ({ mode: 'text', allowedFunctionNames: ['list', 'text'] }),
        },
        retrievalConfig: 'any',
        includeServerSideToolInvocations: 'bool',
      }),
    },
    safetySettings: [
      'list',
      { name: 'SafetySetting', members: () => ({ category: 'text', threshold: 'text', method: 'text' }) },
    ],
    cachedContent: 'text',
    labels: ['map', 'text'],
    serviceTier: 'text',
    continuationToken: 'bytes',
    store: 'bool',
  }),
}

export const countTokensRequest: Message = {
  name: 'CountTokensRequest',
  members: () => ({ contents: ['list', content], generateContentRequest }),
}

export const embedContentRequest: Message = {
  name: 'EmbedContentRequest',
  members: () => ({
    model: 'text',
    content,
    taskType: 'text',
    title: 'text',
    outputDimensionality: 'int',
    autoTruncate: 'bool',
  }),
}

export const batchEmbedContentsRequest: Message = {
  name: 'BatchEmbedContentsRequest',
  members: () => ({ requests: ['list', embedContentRequest] }),
}

/** The message with its members in camelCase and its numbers as numbers. Throws the vendor's 400. */
export function readMessage(
  value: Json,
  message: Message,
  options: { readonly path: string; readonly acceptUnknown: boolean },
): JsonObject {
  const { path, acceptUnknown } = options
  if (!isJsonObject(value))
    throw wrongValue(path, `type.googleapis.com/google.ai.generativelanguage.v1beta.${message.name}`, value)
  const members = message.members()
  const read: Record<string, Json> = {}
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined || inner === null) continue
    const camel = Object.hasOwn(members, name) ? name : toCamel(name)
    const kind = Object.hasOwn(members, camel) ? members[camel] : undefined
    const inside = (path === '' ? '' : `${path}.`) + toSnake(camel)
    if (kind !== undefined) read[camel] = readKind(inner, kind, { path: inside, acceptUnknown })
    else if (!acceptUnknown) throw unknownName(name, path)
  }
  return read
}

function readKind(
  value: Json,
  kind: Kind,
  options: { readonly path: string; readonly acceptUnknown: boolean },
): Json {
  const { path } = options
  if (kind === 'any') return value
  if (typeof kind === 'object' && 'name' in kind) return readMessage(value, kind, options)
  if (typeof kind === 'object') return readMany(value, kind, options)
  switch (kind) {
    case 'text':
      if (typeof value === 'string') return value
      throw wrongValue(path, 'TYPE_STRING', value)
    case 'bytes':
      if (typeof value === 'string' && /^[\w+/-]*={0,2}$/.test(value)) return value
      throw wrongValue(path, 'TYPE_BYTES', value)
    case 'bool':
      if (typeof value === 'boolean') return value
      throw wrongValue(path, 'TYPE_BOOL', value)
    default:
      return readNumber(value, kind, path)
  }
}

function readNumber(value: Json, kind: 'float' | 'int', path: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  const fits = typeof number === 'number' && Number.isFinite(number)
  if (fits && (kind === 'float' || Number.isInteger(number))) return number
  throw wrongValue(path, kind === 'float' ? 'TYPE_FLOAT' : 'TYPE_INT32', value)
}

function readMany(
  value: Json,
  [shape, kind]: readonly ['list' | 'map', Kind],
  options: { readonly path: string; readonly acceptUnknown: boolean },
): Json {
  const { path, acceptUnknown } = options
  if (shape === 'list') {
    // The parser takes a lone item for a list of one.
    const list: readonly Json[] = Array.isArray(value) ? value : [value as Json]
    return list.map((each, index) => readKind(each, kind, { path: `${path}[${index}]`, acceptUnknown }))
  }
  if (!isJsonObject(value)) throw wrongValue(path, 'type.googleapis.com/google.protobuf.Struct', value)
  const entries = Object.entries(value).map(([name, each]) => [
    name,
    readKind(each ?? null, kind, { path: `${path}['${name}']`, acceptUnknown }),
  ])
  return Object.fromEntries(entries) as JsonObject
}

function toCamel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_whole, letter: string) => letter.toUpperCase())
}

function toSnake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
