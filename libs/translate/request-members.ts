import type { Json, JsonObject } from '#contract'
import { invalidRequest } from './invalid-request.ts'
import { asObject } from './narrow.ts'

/**
 * Strict readers for members of a caller's request. An absent or `null` member reads as `undefined`; one of the wrong
 * kind throws `invalid-request` naming it. `path` is where the object stands, with its dot (`messages[0].`).
 */
export function optionalText(object: JsonObject, name: string, path = ''): string | undefined {
  const value = object[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrongKind(path + name, 'a string', value)
  return value
}

export function optionalNumber(object: JsonObject, name: string, path = ''): number | undefined {
  const value = object[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongKind(path + name, 'a number', value)
  return value
}

export function optionalBoolean(object: JsonObject, name: string, path = ''): boolean | undefined {
  const value = object[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw wrongKind(path + name, 'true or false', value)
  return value
}

export function optionalObject(object: JsonObject, name: string, path = ''): JsonObject | undefined {
  const value = object[name]
  if (value === undefined || value === null) return undefined
  const found = asObject(value)
  if (found === undefined) throw wrongKind(path + name, 'an object', value)
  return found
}

export function optionalList(object: JsonObject, name: string, path = ''): readonly Json[] | undefined {
  const value = object[name]
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) throw wrongKind(path + name, 'an array', value)
  return value
}

export function optionalTexts(object: JsonObject, name: string, path = ''): readonly string[] | undefined {
  const list = optionalList(object, name, path)
  if (list === undefined) return undefined
  return list.map((item, index) => {
    if (typeof item !== 'string') throw wrongKind(`${path}${name}[${index}]`, 'a string', item)
    return item
  })
}

export function requiredText(object: JsonObject, name: string, path = ''): string {
  const value = optionalText(object, name, path)
  if (value === undefined) throw missing(path + name, 'a string')
  return value
}

export function requiredObject(value: Json | undefined, path: string): JsonObject {
  if (value === undefined) throw missing(path, 'an object')
  const found = asObject(value)
  if (found === undefined) throw wrongKind(path, 'an object', value)
  return found
}

/** The model's name as the caller wrote it. */
export function readModel(body: JsonObject): string {
  const model = requiredText(body, 'model')
  if (model.trim() === '') {
    throw invalidRequest('model', 'model is empty; name one, for example "openai/gpt-4o" or "gpt-4o".')
  }
  return model
}

/** The conversation: at least one entry. */
export function readMessages(body: JsonObject): readonly Json[] {
  const messages = optionalList(body, 'messages')
  if (messages === undefined) throw missing('messages', 'an array')
  if (messages.length === 0) {
    throw invalidRequest('messages', 'messages is empty; send at least one message.')
  }
  return messages
}

function missing(param: string, kind: string) {
  return invalidRequest(param, `${param} is missing; it must be ${kind}.`, 'missing_required_parameter')
}

function wrongKind(param: string, wanted: string, value: Json) {
  return invalidRequest(param, `${param} must be ${wanted}, not ${kindOf(value)}.`, 'invalid_type')
}

function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  switch (typeof value) {
    case 'object':
      return 'an object'
    case 'string':
      return 'a string'
    case 'number':
      return 'a number'
    default:
      return 'a boolean'
  }
}
