import type { Extensions, JsonObject, WireId } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import type { Warnings } from '../../warnings.ts'

/**
 * What a caller of OpenAI's API sends beside that API's own members: a model's inputs are its own and have no other way
 * to it. What other callers send is named in warnings.
 */
export function inputsOfTheModel(
  extensions: Extensions | undefined,
  { callers, warnings }: { readonly callers: WireId; readonly warnings: Warnings },
): JsonObject {
  warnOfForeign(extensions, { own: callers, warnings })
  return extensions?.[callers] ?? {}
}
