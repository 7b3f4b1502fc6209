import type { Json, JsonObject, Part, ToolResultPart } from '#contract'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject } from '../../narrow.ts'
import { encodeSource, withOwnMembers } from './media.ts'
import type { PartContext } from './part-context.ts'
import { encodeToolResponse } from './tool-response.ts'

/*
 * A tool's result as `functionResponse`. Its texts are joined; images and files go inside (`parts`) where the model
 * takes them there, else behind it as parts of the same turn (`changed`).
 */
export function encodeToolResult(
  part: ToolResultPart,
  path: string,
  context: PartContext,
): readonly JsonObject[] {
  let text: string | undefined
  const media: JsonObject[] = []
  for (const [position, inner] of part.content.entries()) {
    if (inner.type === 'text' || inner.type === 'refusal') text = (text ?? '') + inner.text
    else media.push(...encodeMedia(inner, `${path}.content[${position}]`, context))
  }
  const response: Record<string, Json> = {
    id: part.callId,
    name: nameOf(part, path, context),
    response: encodeToolResponse(text, part.isError === true),
  }
  const inside = context.traits.mediaInResults
  if (media.length > 0 && inside) response['parts'] = media
  const own = asObject(part.extensions?.['gemini-generate']?.['functionResponse'])
  const functionResponse = own === undefined ? response : { ...response, ...own }
  return media.length > 0 && !inside ? [{ functionResponse }, ...media] : [{ functionResponse }]
}

/** "Required. The name of the function to call": other wires name the call alone. */
function nameOf(part: ToolResultPart, path: string, { calledNames }: PartContext): string {
  const name = part.name ?? calledNames.get(part.callId)
  if (name !== undefined) return name
  throw invalidRequest(
    path,
    `${path} answers the call ${JSON.stringify(part.callId)}, which no earlier turn makes; send the turn that calls the tool, too.`,
  )
}

/** An address or file that the vendor cannot read is left out of a result rather than failing the whole turn. */
function encodeMedia(part: Part, path: string, { warnings, traits }: PartContext): readonly JsonObject[] {
  if (part.type === 'opaque' && part.wire === 'gemini-generate') return [part.value as JsonObject]
  const isMedia = part.type === 'image' || part.type === 'audio' || part.type === 'document'
  const encoded = isMedia ? encodeSource(part.source) : undefined
  if (encoded === undefined) {
    warnings.unsupported(path)
    return []
  }
  if (!traits.mediaInResults) warnings.changed(path)
  return [withOwnMembers(encoded, isMedia ? part.extensions?.['gemini-generate'] : undefined)]
}
