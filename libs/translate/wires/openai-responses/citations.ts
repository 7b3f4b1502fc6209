import type { Json } from '#contract'
import { asObject, asText } from '../../narrow.ts'
import type { Warnings } from '../../warnings.ts'

/** The kinds of annotation of a text (openai 7.57.0, ResponseOutputText.annotations). */
const kinds: ReadonlySet<string | undefined> = new Set([
  ...['file_citation', 'url_citation', 'container_file_citation', 'file_path'],
])

/** Whether a citation is of this vendor's making; another's would be no annotation to its clients. */
export function isAnnotation(citation: Json): boolean {
  return kinds.has(asText(asObject(citation)?.['type']))
}

/** The citations that this wire knows; others are named in a warning. */
export function annotationsOf(
  citations: readonly Json[] | undefined,
  path: string,
  warnings: Warnings,
): readonly Json[] {
  if (citations === undefined) return []
  const own = citations.filter(isAnnotation)
  if (own.length < citations.length) warnings.unsupported(`${path}.citations`)
  return own
}
