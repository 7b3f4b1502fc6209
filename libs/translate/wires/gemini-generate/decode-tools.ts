import type { FunctionTool, Json, JsonObject, Tool, ToolChoice } from '#contract'
import type { Draft } from '../../draft.ts'
import { asObject } from '../../narrow.ts'
import {
  optionalList,
  optionalObject,
  optionalText,
  optionalTexts,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { toJsonSchema } from './schema.ts'
import { camelCased } from './spelling.ts'

const ofTool: ReadonlySet<string> = new Set([
  ...['functionDeclarations', 'googleSearch', 'googleSearchRetrieval', 'codeExecution', 'urlContext'],
  ...['googleMaps', 'computerUse', 'fileSearch', 'retrieval', 'enterpriseWebSearch', 'mcpServers'],
])
const ofDeclaration: ReadonlySet<string> = new Set([
  ...['name', 'description', 'parameters', 'parametersJsonSchema'],
  ...['response', 'responseJsonSchema', 'behavior'],
])
const knownOfDeclaration: ReadonlySet<string> = new Set([
  ...['name', 'description', 'parameters', 'parametersJsonSchema'],
])
const ofChoice: ReadonlySet<string> = new Set(['mode', 'allowedFunctionNames', 'streamFunctionCallArguments'])

/** Functions one by one, and the vendor's own tools, which stay opaque. */
export function decodeTools(tools: readonly Json[] | undefined): readonly Tool[] | undefined {
  const decoded = tools?.flatMap((value, index) => {
    const path = `tools[${index}]`
    const tool = camelCased(requiredObject(value, path), ofTool)
    const functions = optionalList(tool, 'functionDeclarations', `${path}.`) ?? []
    return [
      ...functions.map((each, position) =>
        decodeDeclaration(each, `${path}.functionDeclarations[${position}]`),
      ),
      ...ownTools(tool),
    ]
  })
  return decoded === undefined || decoded.length === 0 ? undefined : decoded
}

function ownTools(tool: JsonObject): readonly Tool[] {
  return Object.entries(tool).flatMap(([name, value]): readonly Tool[] =>
    name === 'functionDeclarations' || value === undefined || value === null
      ? []
      : [{ type: 'opaque', wire: 'gemini-generate', value: { [name]: value } }],
  )
}

function decodeDeclaration(value: Json, path: string): FunctionTool {
  const declaration = camelCased(requiredObject(value, path), ofDeclaration)
  const inside = `${path}.`
  const tool: Draft<FunctionTool> = { type: 'function', name: requiredText(declaration, 'name', inside) }
  const description = optionalText(declaration, 'description', inside)
  if (description !== undefined) tool.description = description
  const schema = optionalObject(declaration, 'parametersJsonSchema', inside)
  const parameters = optionalObject(declaration, 'parameters', inside)
  if (schema !== undefined) tool.schema = schema
  else if (parameters !== undefined) tool.schema = toJsonSchema(parameters)
  const unknown = unknownMembers(declaration, knownOfDeclaration)
  if (unknown !== undefined) tool.extensions = { 'gemini-generate': unknown }
  return tool
}

/** `toolConfig.functionCallingConfig`; several allowed functions, and modes without neutral form, stay as they are. */
export function decodeToolChoice(config: JsonObject | undefined): ToolChoice | undefined {
  const raw = asObject(config?.['functionCallingConfig'])
  if (raw === undefined) return undefined
  const choice = camelCased(raw, ofChoice)
  const path = 'toolConfig.functionCallingConfig.'
  const names = optionalTexts(choice, 'allowedFunctionNames', path) ?? []
  const mode = optionalText(choice, 'mode', path)?.toUpperCase() ?? 'MODE_UNSPECIFIED'
  const opaque = { type: 'opaque', wire: 'gemini-generate', value: choice } as const
  if (choice['streamFunctionCallArguments'] !== undefined) return opaque
  const [name] = names
  if (name !== undefined) {
    return mode === 'ANY' && names.length === 1 ? { type: 'function', name } : opaque
  }
  return mode === 'MODE_UNSPECIFIED' ? undefined : (choiceOf.get(mode) ?? opaque)
}

const choiceOf: ReadonlyMap<string, ToolChoice> = new Map([
  ['AUTO', { type: 'auto' }],
  ['NONE', { type: 'none' }],
  ['ANY', { type: 'required' }],
])
