/**
 * Preloaded into the processes under test (`--import`), so that the product needs nothing for it: on SIGUSR2 it collects
 * all garbage and appends what is left, as a line of JSON, to `$BIFROST_SOAK_DIR/<pid>.jsonl`; where the directory holds a file
 * named `snapshot`, it writes a heap snapshot beside it.
 */
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const directory = process.env['BIFROST_SOAK_DIR'] ?? '.'
let looks = 0

process.on('SIGUSR2', () => {
  collect()
  // What finalizers let go of is garbage of the next round.
  setTimeout(() => {
    collect()
    looks += 1
    if (existsSync(join(directory, 'snapshot'))) {
      writeHeapSnapshot(join(directory, `${process.pid}-${looks}.heapsnapshot`))
    }
    const resources: Record<string, number> = {}
    for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
    const line = JSON.stringify({ ...process.memoryUsage(), resources })
    appendFileSync(join(directory, `${process.pid}.jsonl`), `${line}\n`)
  }, 20)
})
