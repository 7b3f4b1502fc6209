import type { Warnings } from '../../warnings.ts'
import type { ModelTraits } from './model-traits.ts'

/** What the encoding of one part depends on beside the part. */
export type PartContext = {
  readonly warnings: Warnings
  readonly traits: ModelTraits
  /** Whether the turn came on this wire: then what it holds was signed by this vendor, if at all. */
  readonly isOwn: boolean
  /** Names of the functions called so far, by the id of the call. */
  readonly calledNames: ReadonlyMap<string, string>
}
