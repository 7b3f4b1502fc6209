import type { ProviderConfig } from '#config'
import type { Quirks, Target, WireId } from '#contract'

/** One stop of a plan: a target and how it is asked. */
export type Stop = {
  readonly target: Target
  readonly provider: ProviderConfig
  /** True when it speaks the caller's wire and nothing of the body has to be read: then the caller's bytes go up. */
  readonly native: boolean
  /** What it is asked in; absent where it cannot be asked for this. */
  readonly wire: WireId | undefined
  readonly quirks: Quirks
}
