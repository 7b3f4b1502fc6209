import type { Extensions, WireId } from '#contract'
import { heededMembers, itemMembers, tellingMembers } from './item-members.ts'
import { asObject } from './narrow.ts'
import type { Warnings } from './warnings.ts'

/**
 * Names what other wires' callers sent and this wire has no place for; `path` is where it stood, with its dot,
 * `carried` what went along in its neutral form.
 */
export function warnOfForeign(
  extensions: Extensions | undefined,
  options: {
    readonly own: WireId
    readonly warnings: Warnings
    readonly path?: string
    readonly carried?: readonly string[]
  },
): void {
  if (extensions === undefined) return
  for (const [wire, members] of Object.entries(extensions)) {
    if (wire === options.own) continue
    const item = asObject(members[itemMembers])
    const names = Object.keys(members).filter((name) => name !== itemMembers && name !== heededMembers)
    for (const name of [...names, ...(item === undefined ? [] : tellingMembers(item))]) {
      if (!options.carried?.includes(name)) options.warnings.unsupported((options.path ?? '') + name)
    }
  }
}
