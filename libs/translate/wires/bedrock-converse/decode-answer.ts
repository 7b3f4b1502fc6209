import type { Json, JsonObject, Part } from '#contract'
import { asList, asObject, asText } from '../../narrow.ts'
import { redactedOf } from './base64.ts'

/** Blocks of an answer; what has no neutral form stays opaque. `answerTool` names the tool whose call is the answer. */
export function decodeBlock(value: Json, answerTool: string | undefined): Part {
  const block = asObject(value)
  return (block && decodeKnownBlock(block, answerTool)) ?? { type: 'opaque', wire: 'bedrock-converse', value }
}

function decodeKnownBlock(block: JsonObject, answerTool: string | undefined): Part | undefined {
  const text = asText(block['text'])
  if (text !== undefined) return { type: 'text', text }
  const toolUse = asObject(block['toolUse'])
  if (toolUse !== undefined) return decodeToolUse(toolUse, answerTool)
  const reasoning = asObject(block['reasoningContent'])
  if (reasoning !== undefined) return decodeReasoning(reasoning)
  const image = asObject(block['image'])
  if (image !== undefined) return decodeImage(image)
  const cited = asObject(block['citationsContent'])
  return cited === undefined ? undefined : decodeCited(cited)
}

function decodeToolUse(toolUse: JsonObject, answerTool: string | undefined): Part | undefined {
  if (toolUse['type'] !== undefined && toolUse['type'] !== null) return undefined
  const name = asText(toolUse['name']) ?? ''
  const argumentsText = JSON.stringify(toolUse['input'] ?? {})
  if (name === answerTool) return { type: 'text', text: argumentsText }
  return { type: 'tool-call', id: asText(toolUse['toolUseId']) ?? '', name, argumentsText }
}

function decodeReasoning(reasoning: JsonObject): Part | undefined {
  const redacted = asText(reasoning['redactedContent'])
  if (redacted !== undefined) return { type: 'reasoning', text: '', redacted: redactedOf(redacted) }
  const block = asObject(reasoning['reasoningText'])
  if (block === undefined) return undefined
  const text = asText(block['text']) ?? ''
  const signature = asText(block['signature'])
  return signature === undefined ? { type: 'reasoning', text } : { type: 'reasoning', text, signature }
}

function decodeImage(image: JsonObject): Part | undefined {
  const data = asText(asObject(image['source'])?.['bytes'])
  const format = asText(image['format'])
  if (data === undefined || format === undefined) return undefined
  return { type: 'image', source: { kind: 'base64', mediaType: `image/${format}`, data } }
}

function decodeCited(cited: JsonObject): Part {
  const texts = (asList(cited['content']) ?? []).map((item) => asText(asObject(item)?.['text']) ?? '')
  const citations = asList(cited['citations'])
  const text = texts.join('')
  return citations === undefined || citations.length === 0
    ? { type: 'text', text }
    : { type: 'text', text, citations }
}
