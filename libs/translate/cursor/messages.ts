import type { Json, JsonObject, Warning } from '#contract'
import { asList, asObject, asText } from '../narrow.ts'

type Value = Json | undefined

/** Anthropic's blocks in messages as those of chat; the same list where there are none. `system` goes in front. */
export function normalizeMessages(messages: Value, system: Value): Value {
  if (!Array.isArray(messages)) return messages
  const normal = messages.flatMap((message: Json) => normalizeMessage(message))
  const first = system === undefined || system === null ? [] : [{ role: 'system', content: system }]
  const isSame = normal.length === messages.length && normal.every((one, index) => one === messages[index])
  return isSame && first.length === 0 ? messages : [...first, ...normal]
}

const foreign: ReadonlySet<unknown> = new Set([
  'tool_use',
  'tool_result',
  'image',
  'thinking',
  'redacted_thinking',
])

/** A turn of Anthropic's may be several of chat: the results of tools stand before what the user says. */
function normalizeMessage(value: Json): readonly Json[] {
  const message = asObject(value)
  const blocks = asList(message?.['content'])?.map((block) => asObject(block) ?? {})
  if (message === undefined || blocks === undefined) return [value]
  if (!blocks.some(({ type }) => foreign.has(type))) return [value]
  if (message['role'] === 'assistant') return [assistantTurn(message, blocks)]
  const results = blocks.filter(({ type }) => type === 'tool_result').map(toolTurn)
  const said = blocks.flatMap((block) =>
    block['type'] === 'tool_result' ? picturesIn(block['content']) : [part(block)],
  )
  return said.length === 0 ? results : [...results, { ...message, content: said }]
}

function assistantTurn(message: JsonObject, blocks: readonly JsonObject[]): JsonObject {
  const calls = blocks.filter(({ type }) => type === 'tool_use').map(toolCall)
  const said = blocks.filter((block) => block['type'] !== 'tool_use' && !isThought(block)).map(part)
  return {
    ...message,
    content: said.length === 0 ? null : said,
    ...(calls.length > 0 && { tool_calls: [...(asList(message['tool_calls']) ?? []), ...calls] }),
  }
}

function toolCall({ id = '', name = '', input = {} }: JsonObject): JsonObject {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } }
}

/**
 * Chat has no place for thoughts that are proved; the provider's proof comes back from what is remembered of the call
 * that they led to.
 */
function isThought({ type }: JsonObject): boolean {
  return type === 'thinking' || type === 'redacted_thinking'
}

/** Where thoughts are that have no place in chat. */
export function thoughtsIn(messages: Value): readonly Warning[] {
  return (asList(messages) ?? []).flatMap((message, turn) =>
    (asList(asObject(message)?.['content']) ?? []).flatMap((block, index) => {
      const path = `messages[${turn}].content[${index}]`
      return isThought(asObject(block) ?? {}) ? [{ code: 'unsupported' as const, path }] : []
    }),
  )
}

/** Results of chat are text alone; a picture in one is shown by the user right after. */
function toolTurn(block: JsonObject): JsonObject {
  const { content } = block
  const texts = (asList(content) ?? []).flatMap((inner) => asText(asObject(inner)?.['text']) ?? [])
  return {
    role: 'tool',
    tool_call_id: block['tool_use_id'] ?? '',
    content: typeof content === 'string' ? content : texts.join('\n'),
  }
}

function picturesIn(content: Value): readonly JsonObject[] {
  const blocks = asList(content)?.map((block) => asObject(block) ?? {}) ?? []
  return blocks.filter(({ type }) => type === 'image').map(part)
}

function part(block: JsonObject): JsonObject {
  const source = block['type'] === 'image' ? asObject(block['source']) : undefined
  if (source === undefined) return block
  const { type, url, media_type = '', data = '' } = source
  const address = type === 'url' ? url : `data:${String(media_type)};base64,${String(data)}`
  return { type: 'image_url', image_url: { url: address ?? '' } }
}
