import { help, parseOptions, type SoakOptions } from './options.ts'
import { play, type Soaked } from './play.ts'
import { markdown, reportOf, writeReport } from './report.ts'

/** `npm run soak`: does anything grow? As README.md describes. */
const options = parseOptions(process.argv.slice(2))
if (options === undefined) console.log(help)
else await soakAll(options)

async function soakAll(asked: SoakOptions): Promise<void> {
  const soaked: Soaked[] = []
  for (const mode of asked.modes) {
    console.log(`\n${mode}`)
    soaked.push(await play(mode, asked))
  }
  const report = reportOf(soaked, asked)
  console.log(`\n${markdown(report)}\n`)
  console.log(`Written to ${writeReport(report, asked)}`)
  if (report.goals.some(({ verdict }) => verdict === 'short')) process.exitCode = 1
}
