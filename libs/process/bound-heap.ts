import { setFlagsFromString } from 'node:v8'

/**
 * After a collection V8 lets the old part of the heap double and more before it collects again: on a machine with much
 * memory, at the same CPU, that is 100 MB of what requests left behind. A fifth is enough for a process whose lasting
 * state is 30 MB. The other half is the size of the young part, which can be set by the command line alone
 * (`--max-semi-space-size=8`: the image, `npm start` and the launcher do).
 */
const growingPercent = 20

export function boundHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`)
}
