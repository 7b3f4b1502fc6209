import { isJsonObject, type Json, type JsonObject } from '#contract'

/**
 * Arguments for a tool, made from its JSON Schema so that they fit it: every required property (all of them when none
 * is), strings carry the user's text.
 */
export function inputFor(schema: Json | undefined, text: string): JsonObject {
  if (!isJsonObject(schema) || !isJsonObject(schema['properties'])) return {}
  const properties = schema['properties']
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const names = required.length > 0 ? required.map(String) : Object.keys(properties)
  return Object.fromEntries(names.map((name) => [name, valueFor(properties[name], text)]))
}

function valueFor(schema: Json | undefined, text: string): Json {
  if (!isJsonObject(schema)) return text
  const choices = schema['enum']
  if (Array.isArray(choices) && choices.length > 0) return choices[0] as Json
  switch (schema['type']) {
    case 'number':
    case 'integer':
      return text.length
    case 'boolean':
      return true
    case 'array':
      return [valueFor(schema['items'], text)]
    case 'object':
      return inputFor(schema, text)
    case 'null':
      return null
    default:
      return text
  }
}
