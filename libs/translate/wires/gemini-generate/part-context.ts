import type { Warnings } from '../../warnings.ts'
import type { ModelTraits } from './model-traits.ts'

/** What the encoding of one part depends on beside the part. */
export type PartContext = {
  readonly warnings: Warnings
  readonly traits: ModelTraits
  /** Names of the functions called so far, by the id of the call. */
  readonly calledNames: ReadonlyMap<string, string>
}
