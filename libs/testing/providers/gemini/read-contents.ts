import { isJsonObject, type Json, type JsonObject } from '#contract'
import { invalid, violation } from './errors.ts'

export type ReadContents = {
  /** Text of the last user turn that has any; else what the functions answered. */
  readonly text: string
  readonly characters: number
  /** The last turn only answers function calls. */
  readonly endsWithResponse: boolean
}

/** Members of a part of which one must be there. */
const data = [
  ...['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'],
  ...['executableCode', 'codeExecutionResult', 'toolCall', 'toolResponse'],
]

/** Checks turns as the service does: roles, parts, calls and their responses, signatures where the model asks for them. */
export function readContents(
  contents: Json | undefined,
  rules: { readonly signatures: boolean },
): ReadContents {
  if (!Array.isArray(contents) || contents.length === 0) {
    throw violation('contents', 'contents is not specified')
  }
  let read: ReadContents = { text: '', characters: 0, endsWithResponse: false }
  let calls = 0
  for (const [index, content] of (contents as readonly JsonObject[]).entries()) {
    const role = content['role'] ?? 'user'
    if (!['user', 'model', 'function'].includes(String(role))) {
      throw invalid('Please use a valid role: user, model.')
    }
    const parts = readParts(content, `contents[${index}]`)
    const responses = parts.filter((part) => part['functionResponse'] !== undefined).length
    if (responses > 0 && responses !== calls) {
      throw invalid(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      )
    }
    calls = parts.filter((part) => part['functionCall'] !== undefined).length
    if (rules.signatures && calls > 0) checkSignature(parts, index)
    read = noteTurn(read, role === 'model', parts)
  }
  return read
}

function noteTurn(read: ReadContents, isModel: boolean, parts: readonly JsonObject[]): ReadContents {
  const characters = read.characters + JSON.stringify(parts).length
  if (isModel) return { ...read, characters, endsWithResponse: false }
  const texts = parts.filter((part) => typeof part['text'] === 'string')
  const text = texts.map((part) => String(part['text'])).join('')
  if (texts.length > 0) return { text, characters, endsWithResponse: false }
  const answered = parts.map((part) => responseText(part['functionResponse'])).join('')
  const endsWithResponse = parts.some((part) => part['functionResponse'] !== undefined)
  return { text: endsWithResponse ? answered : read.text, characters, endsWithResponse }
}

function responseText(value: Json | undefined): string {
  const response = isJsonObject(value) ? value['response'] : undefined
  if (!isJsonObject(response)) return ''
  return typeof response['output'] === 'string' ? response['output'] : JSON.stringify(response)
}

/** The parts of a turn or of the system instruction. */
export function readParts(content: JsonObject, path: string): readonly JsonObject[] {
  const { parts } = content
  if (!Array.isArray(parts) || parts.length === 0) {
    throw violation(`${path}.parts`, 'contents.parts must not be empty.')
  }
  for (const [index, part] of (parts as readonly JsonObject[]).entries()) {
    checkPart(part, `${path}.parts[${index}]`)
  }
  return parts as readonly JsonObject[]
}

function checkPart(part: JsonObject, path: string): void {
  const found = data.filter((name) => part[name] !== undefined)
  if (found.length === 0) {
    throw violation(`${path}.data`, "required oneof field 'data' must have one initialized field")
  }
  if (found.length > 1)
    throw invalid(`Invalid value at '${path}' (oneof), oneof field 'data' is already set.`)
  for (const member of ['functionCall', 'functionResponse']) {
    const value = part[member]
    if (isJsonObject(value) && (value['name'] === undefined || value['name'] === '')) {
      const name = member === 'functionCall' ? 'function_call' : 'function_response'
      throw violation(`${path}.${name}.name`, 'Name cannot be empty.')
    }
  }
  checkMedia(part, path)
}

/** A file of the vendor's own has a type; bytes and addresses must say theirs. */
function checkMedia(part: JsonObject, path: string): void {
  const { inlineData, fileData } = part
  if (isJsonObject(inlineData) && !inlineData['mimeType']) {
    throw violation(`${path}.inline_data.mime_type`, 'mime_type must be set.')
  }
  if (!isJsonObject(fileData)) return
  const uri = String(fileData['fileUri'] ?? '')
  if (uri === '') throw violation(`${path}.file_data.file_uri`, 'file_uri must be set.')
  const isOwn = uri.startsWith('gs://') || uri.includes('generativelanguage.googleapis.com/')
  if (!isOwn && !fileData['mimeType']) throw invalid(`Unsupported file URI type: ${uri}`)
}

/** https://ai.google.dev/gemini-api/docs/thought-signatures: the first call of a turn, on models from generation 3 on. */
function checkSignature(parts: readonly JsonObject[], index: number): void {
  const first = parts.find((part) => part['functionCall'] !== undefined)
  if (first === undefined || first['thoughtSignature'] !== undefined) return
  const { functionCall } = first
  const name = isJsonObject(functionCall) ? String(functionCall['name']) : ''
  throw invalid(
    `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\`, position ${index}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
  )
}
