import type { Json, JsonObject } from '#contract'
import { inputFor } from '../tool-input.ts'
import type { Question } from '../types.ts'
import { constraint, invalid } from './errors.ts'
import { join, type Place, readList, readObject, readText, readUnion } from './members.ts'
import { checkCachePoint, toolName } from './read-blocks.ts'
import type { ReadMessages } from './read-messages.ts'

/** Checks `toolConfig`, and decides the call: the named or first tool when the user spoke last. */
export function readToolCall(
  value: Json | undefined,
  place: Place,
  messages: ReadMessages,
): Question['toolCall'] {
  if (value === undefined || value === null) {
    if (!messages.hasToolBlocks) return undefined
    throw invalid('The toolConfig field must be defined when using toolUse and toolResult content blocks.')
  }
  const at = join(place, 'toolConfig')
  const config = readObject(value, at, ['tools', 'toolChoice'])
  const tools = readTools(config['tools'], join(at, 'tools'))
  const choice = readChoice(config['toolChoice'], join(at, 'toolChoice'), tools)
  const userSpoke = messages.lastRole === 'user' && !messages.endsWithToolResult
  if (choice.kind === 'auto' && !userSpoke) return undefined
  const chosen = tools.find((tool) => tool.name === choice.name) ?? tools[0]
  return chosen && { name: chosen.name, input: inputFor(chosen.schema, messages.text) }
}

type Tool = { readonly name: string; readonly schema: JsonObject }

function readTools(value: Json | undefined, place: Place): readonly Tool[] {
  const tools = readList(value, place)
  if (tools.length === 0) throw constraint(place.path, 'have length greater than or equal to 1')
  const names = new Set<string>()
  return tools.flatMap((value, index) => {
    const at = join(place, index)
    const [kind, tool] = readUnion(value, at, ['toolSpec', 'cachePoint', 'systemTool'])
    if (kind === 'cachePoint') checkCachePoint(tool, join(at, kind))
    if (kind !== 'toolSpec') return []
    const read = readTool(tool, join(at, kind))
    if (names.has(read.name)) throw invalid(`The toolConfig holds the tool ${read.name} twice.`)
    names.add(read.name)
    return [read]
  })
}

function readTool(value: Json, place: Place): Tool {
  const spec = readObject(value, place, ['name', 'description', 'inputSchema', 'strict'])
  const name = readText(spec['name'], join(place, 'name'), toolName)
  if (spec['description'] !== undefined) readText(spec['description'], join(place, 'description'), /./s)
  const at = join(place, 'inputSchema')
  const [, schema] = readUnion(spec['inputSchema'], at, ['json'])
  const read = readObject(schema, join(at, 'json'))
  if (read['type'] !== 'object') {
    throw invalid(`The value at ${at.path}.json.type must be one of the following: object.`)
  }
  return { name, schema: read }
}

function readChoice(
  value: Json | undefined,
  place: Place,
  tools: readonly Tool[],
): { readonly kind: string; readonly name?: string } {
  if (value === undefined || value === null) return { kind: 'auto' }
  const [kind, choice] = readUnion(value, place, ['auto', 'any', 'tool'])
  const inner = readObject(choice, join(place, kind), kind === 'tool' ? ['name'] : [])
  if (kind !== 'tool') return { kind }
  const name = readText(inner['name'], join(join(place, kind), 'name'), toolName)
  if (tools.some((tool) => tool.name === name)) return { kind, name }
  throw invalid(`The tool ${name} of ${place.path}.tool is not among the tools of toolConfig.`)
}
