import { storeUnavailable } from '../unavailable.ts'
import { within } from '../within.ts'

/** A command of ours takes no longer than this while Redis hangs. */
const limitMs = 1_000

/** What a command answers; rejects with `unavailable` (or `store_full`) when it fails or takes too long. */
export async function answered<T>(command: Promise<T>): Promise<T> {
  try {
    return await within(limitMs, command, 'the store')
  } catch (cause) {
    throw storeUnavailable(cause)
  }
}
