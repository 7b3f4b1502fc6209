import { fits } from './call-log.ts'
import type { Behaviour, Call, Script } from './types.ts'

/** The scripts in force, oldest first. */
export type Scripts = {
  add(script: Script): void
  /** The behaviour of the first script that fits, which is then used up by one. */
  take(call: Pick<Call, 'vendor' | 'model' | 'nonce' | 'path' | 'headers'>): Behaviour | undefined
  clear(): void
}

export function createScripts(): Scripts {
  const scripts: { readonly script: Script; left: number }[] = []
  return {
    add(script) {
      scripts.push({ script, left: script.times ?? Number.POSITIVE_INFINITY })
    },
    take(call) {
      const at = scripts.findIndex(({ script }) => fits(call, script.match ?? {}))
      const found = scripts[at]
      if (found === undefined) return undefined
      found.left -= 1
      if (found.left <= 0) scripts.splice(at, 1)
      return found.script.behaviour
    },
    clear() {
      scripts.length = 0
    },
  }
}
