import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

/** A package whose program turns the cache on, imports one module more, and says where the cache is. */
function program(context: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'bifrost-cache-'))
  context.after(() => rmSync(root, { recursive: true }))
  const home = join(root, 'home')
  const folder = join(root, 'package')
  mkdirSync(home)
  mkdirSync(join(folder, 'libs'), { recursive: true })
  copyFileSync(join(import.meta.dirname, 'compile-cache.ts'), join(folder, 'libs', 'compile-cache.ts'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'late.ts'), 'export const late: number = 1')
  const main = join(folder, 'main.ts')
  writeFileSync(
    main,
    `import { getCompileCacheDir } from 'node:module'
import { cacheCompiledModules } from './libs/compile-cache.ts'
cacheCompiledModules()
const { late } = await import('./late.ts')
console.log(late, getCompileCacheDir())`,
  )
  const run = (environment: Readonly<Record<string, string>> = {}) =>
    execFileSync(process.execPath, [main], { encoding: 'utf8', env: { HOME: home, ...environment } }).trim()
  const kept = (directory: string) => readdirSync(directory, { recursive: true, withFileTypes: true })
  return { root, home, folder, run, files: (path: string) => kept(path).filter((entry) => entry.isFile()) }
}

test('compiled modules are kept below the root of the package', (context) => {
  const { folder, run, files } = program(context)
  const directory = join(folder, '.compile-cache')
  assert.ok(run().startsWith(`1 ${directory}`))
  // The entry and what calls it are compiled before the cache is on.
  assert.ok(files(directory).length > 0)
  assert.ok(run().startsWith(`1 ${directory}`))
})

test('else below the home of the user, else nowhere', (context) => {
  const { root, home, folder, run, files } = program(context)
  writeFileSync(join(folder, '.compile-cache'), 'no directory')
  const directory = join(home, '.cache', 'bifrost')
  assert.ok(run().startsWith(`1 ${directory}`))
  assert.ok(files(directory).length > 0)
  assert.equal(run({ HOME: join(root, 'nobody') }), '1 undefined')
})

test('the environment names another directory, or switches it off', (context) => {
  const { root, folder, home, run, files } = program(context)
  const directory = join(root, 'elsewhere')
  assert.ok(run({ NODE_COMPILE_CACHE: directory }).startsWith(`1 ${directory}`))
  assert.ok(files(directory).length > 0)
  assert.equal(run({ NODE_DISABLE_COMPILE_CACHE: '1' }), '1 undefined')
  assert.deepEqual(readdirSync(home), [])
  assert.equal(readdirSync(folder).includes('.compile-cache'), false)
})
