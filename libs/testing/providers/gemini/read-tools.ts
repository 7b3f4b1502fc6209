import { isJsonObject, type Json, type JsonObject } from '#contract'
import { inputFor } from '../tool-input.ts'
import type { Question } from '../types.ts'
import { invalid, violation, wrongValue } from './errors.ts'
import type { ReadContents } from './read-contents.ts'

const functionName = /^[A-Za-z_][\w.:-]{0,127}$/
const modes = ['AUTO', 'ANY', 'NONE', 'VALIDATED', 'MODE_UNSPECIFIED']

export type ReadTools = { readonly toolCall: Question['toolCall']; readonly hasFunctions: boolean }

/** Checks `tools` and `toolConfig`, and decides the call: an allowed or the first function when the user spoke last. */
export function readTools(request: JsonObject, contents: ReadContents): ReadTools {
  const functions = readFunctions(request['tools'])
  const { mode, allowed } = readChoice(request['toolConfig'], functions)
  const hasFunctions = functions.length > 0
  const mayCall = hasFunctions && mode !== 'NONE' && (mode === 'ANY' || !contents.endsWithResponse)
  if (!mayCall) return { toolCall: undefined, hasFunctions }
  const chosen = functions.find((each) => allowed.includes(String(each['name']))) ?? functions[0]
  const schema = chosen?.['parametersJsonSchema'] ?? lowerCased(chosen?.['parameters'])
  return {
    toolCall: { name: String(chosen?.['name']), input: inputFor(schema, contents.text) },
    hasFunctions,
  }
}

function readFunctions(tools: Json | undefined): readonly JsonObject[] {
  return ((tools ?? []) as readonly JsonObject[]).flatMap((tool, index) => {
    const list = (tool['functionDeclarations'] ?? []) as readonly JsonObject[]
    for (const [position, each] of list.entries()) {
      checkFunction(each, `tools[${index}].function_declarations[${position}]`)
    }
    return list
  })
}

function checkFunction(declaration: JsonObject, path: string): void {
  if (!functionName.test(String(declaration['name'] ?? ''))) {
    throw violation(
      `${path}.name`,
      'Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.',
    )
  }
  if (declaration['parameters'] !== undefined && declaration['parametersJsonSchema'] !== undefined) {
    throw violation(path, 'only one of parameters and parameters_json_schema may be set.')
  }
  const { parameters } = declaration
  if (!isJsonObject(parameters)) return
  if (parameters['type'] === undefined) {
    throw violation(`${path}.parameters.type`, 'schema must have a type')
  }
}

function readChoice(
  config: Json | undefined,
  functions: readonly JsonObject[],
): { readonly mode: string; readonly allowed: readonly string[] } {
  const choice = isJsonObject(config) ? config['functionCallingConfig'] : undefined
  if (!isJsonObject(choice)) return { mode: 'AUTO', allowed: [] }
  const mode = String(choice['mode'] ?? 'AUTO')
  const path = 'tool_config.function_calling_config'
  if (!modes.includes(mode)) {
    throw wrongValue(
      `${path}.mode`,
      'type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode',
      mode,
    )
  }
  if (functions.length === 0) throw invalid('Function calling config is set without function_declarations.')
  const allowed = ((choice['allowedFunctionNames'] ?? []) as readonly Json[]).map(String)
  if (allowed.length > 0 && mode !== 'ANY' && mode !== 'VALIDATED') {
    throw violation(`${path}.allowed_function_names`, 'should only be set when mode is ANY.')
  }
  const unknown = allowed.find((name) => !functions.some((each) => each['name'] === name))
  if (unknown !== undefined) {
    throw violation(`${path}.allowed_function_names`, `${unknown} is not a declared function.`)
  }
  return { mode, allowed }
}

/** Types of the vendor's own schemas are in capitals. */
function lowerCased(schema: Json | undefined): Json | undefined {
  if (schema === undefined) return undefined
  const text = JSON.stringify(schema).replace(
    /"type":"([A-Z]+)"/g,
    (_whole, type: string) => `"type":"${type.toLowerCase()}"`,
  )
  return JSON.parse(text) as Json
}
