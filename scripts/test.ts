/**
 * Runs the tests as `npm test` does: one shared Redis, then every `*.test.ts` of the repository, or the files given:
 * `node scripts/test.ts libs/queue/broker.test.ts`. Exits 0 when all passed, 1 when one failed or none ran.
 */
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { repositoryRoot, sharedRedisVariable, startRedis } from '#testing'

const concurrency = 2
/** A file that hangs must not hang the run; the slowest takes a small part of it. */
const timeoutMs = 3 * 60 * 1000

// Aborting ends the test files in good order, so that each takes its own servers down.
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())

const given = process.argv.slice(2)
const files = given.length > 0 ? given.map((file) => resolve(file)) : findTests()
if (files.length === 0) fail('found no *.test.ts file; is this the repository?')

await using redis = await startRedis().catch((error: Error) => fail(error.message))
console.log(`Redis for the tests: ${redis.url} (${redis.source}); ${files.length} test files.`)
process.env[sharedRedisVariable] = redis.url

const result = await runTests(files)
await redis.close()
for (const file of result.withoutTests) console.error(`Tests: ${file} holds no test.`)
if (result.tests === 0) fail('not one test ran.')
process.exitCode = result.success && result.withoutTests.length === 0 && !interrupted.signal.aborted ? 0 : 1

function findTests(): string[] {
  return globSync('{apps,libs,test,bench,chaos,scripts}/**/*.test.ts', { cwd: repositoryRoot })
    .filter((file) => !file.split(/[\\/]/).includes('node_modules'))
    .sort()
    .map((file) => resolve(repositoryRoot, file))
}

type Result = {
  readonly success: boolean
  /** Tests that ran, skipped ones left out. */
  readonly tests: number
  /** Files that ended well without a test in them, which Node counts as passed. */
  readonly withoutTests: readonly string[]
}

/** Node's own runner, one process a file, its report on stdout. */
async function runTests(paths: readonly string[]): Promise<Result> {
  const withoutTests: string[] = []
  let success = false
  let tests = 0
  const stream = run({ files: [...paths], concurrency, timeout: timeoutMs, signal: interrupted.signal })
  stream.on('test:pass', ({ name }) => {
    if (paths.includes(name)) withoutTests.push(name)
  })
  stream.on('test:summary', (summary) => {
    // One summary a file, and one without a file for the whole run.
    if (summary.file !== undefined) return
    success = summary.success
    tests = summary.counts.tests - summary.counts.skipped - withoutTests.length
  })
  for await (const text of stream.compose(spec)) process.stdout.write(text)
  return { success, tests, withoutTests }
}

function fail(why: string): never {
  console.error(`Tests: ${why}`)
  process.exit(1)
}
