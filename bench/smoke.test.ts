import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { Results } from './report/figures.ts'

const run = promisify(execFile)
const bench = (...args: string[]) => run(process.execPath, [join(import.meta.dirname, 'run.ts'), ...args])

describe('npm run bench', () => {
  it('measures the gateway, and counts the errors of an upstream that breaks', async () => {
    const { stdout } = await bench('--smoke', '--break-every', '3')
    const file = /Written to (.*\.json)/.exec(stdout)?.[1] ?? ''
    const results: Results = JSON.parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8'))
    const named = (contestant: string) => results.samples.filter((sample) => sample.contestant === contestant)
    assert.deepEqual(
      results.samples.map(({ scenario, contestant }) => `${scenario} ${contestant}`),
      ['chat direct', 'chat standalone-memory', 'stream direct', 'stream standalone-memory'],
    )
    for (const { requests, perSecond } of results.samples) assert.ok(requests > 0 && perSecond > 0)
    for (const { errors } of named('direct')) assert.ok((errors['status 500'] ?? 0) > 0)
    for (const { cpu, rss } of named('standalone-memory')) {
      assert.ok((cpu['standalone'] ?? 0) > 0)
      assert.ok((rss['standalone'] ?? 0) > 0)
    }
    assert.deepEqual(
      results.starts.map(({ contestant }) => contestant),
      ['standalone-memory'],
    )
  })

  it('names what it does not know', async () => {
    await assert.rejects(bench('--only', 'nobody'), /--only knows direct.*not "nobody"/)
    await assert.rejects(bench('--rounds', 'many'), /--rounds wants a number above 0, not "many"/)
  })
})
