import type { ChatRequest, Part, Tool } from '#contract'

/** Counts the tokens of a text. */
export type CountText = (text: string) => number

/** Texts beyond this length are counted by their beginning: counting everything would keep other requests waiting. */
const longestCounted = 400_000

/** What vendors' documentation says a turn costs beside its text, and an image of middling size. */
const tokensPerTurn = 4
const tokensPerImage = 1_000
/** A page of a document is some 2 KB of text in base64 of a PDF. */
const bytesPerDocumentToken = 12

/**
 * An estimate of the input tokens of a chat request, for providers that count none themselves: its texts by OpenAI's
 * newest public vocabulary, turns and media by fixed amounts.
 */
export function estimateTokens(request: ChatRequest, countText: CountText): number {
  const text: string[] = []
  let fixed = 0
  for (const message of request.messages) {
    fixed += tokensPerTurn
    for (const part of message.parts) fixed += addPart(part, text)
  }
  for (const tool of request.tools ?? []) text.push(toolText(tool))
  if (request.responseFormat?.type === 'json-schema') text.push(JSON.stringify(request.responseFormat.schema))
  return fixed + countBounded(text.join('\n'), countText)
}

/** Puts a part's texts on the list; returns the tokens of what is no text. */
function addPart(part: Part, text: string[]): number {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      text.push(part.text)
      return 0
    case 'tool-call':
      text.push(part.name, part.argumentsText)
      return 0
    case 'tool-result':
      return part.content.reduce((sum, inner) => sum + addPart(inner, text), 0)
    case 'image':
      return tokensPerImage
    case 'document':
    case 'audio':
      if (part.source.kind === 'text') text.push(part.source.text)
      return part.source.kind === 'base64' ? Math.ceil(part.source.data.length / bytesPerDocumentToken) : 0
    case 'opaque':
      text.push(JSON.stringify(part.value))
      return 0
  }
}

function toolText(tool: Tool): string {
  if (tool.type === 'opaque') return JSON.stringify(tool.value)
  return `${tool.name}\n${tool.description ?? ''}\n${JSON.stringify(tool.schema ?? {})}`
}

function countBounded(text: string, countText: CountText): number {
  if (text.length <= longestCounted) return countText(text)
  const counted = countText(text.slice(0, longestCounted))
  return Math.round((counted / longestCounted) * text.length)
}
