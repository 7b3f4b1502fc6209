import { keyScenarios } from './key-scenarios.ts'
import { deadSlots, type Figure, killWorker, load, redisAway } from './scenarios.ts'
import { upstreamFaults } from './upstream-faults/index.ts'

/** `npm run chaos [-- scenario…]`: faults on real processes and a real Redis, with figures against their goals. */
const scenarios: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  load,
  'kill-worker': killWorker,
  'dead-slots': deadSlots,
  'redis-away': redisAway,
  ...keyScenarios,
  ...upstreamFaults,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in scenarios))
if (unknown.length > 0) {
  console.error(`Unknown scenario ${unknown.join(', ')}; there are: ${Object.keys(scenarios).join(', ')}.`)
  process.exit(1)
}

let short = 0
for (const [name, play] of Object.entries(scenarios)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.log(`\n${name}`)
  for (const { name: what, measured, goal, good } of await play()) {
    if (!good) short += 1
    const verdict = goal === '' ? '     ' : good ? 'ok   ' : 'SHORT'
    console.log(`  ${verdict} ${what}: ${measured}${goal === '' ? '' : ` (goal ${goal})`}`)
  }
}
console.log(short === 0 ? '\nevery goal was met' : `\n${short} goals were not met`)
process.exit(short === 0 ? 0 : 1)
