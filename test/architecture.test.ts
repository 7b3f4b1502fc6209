import assert from 'node:assert/strict'
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { surfaceIds } from '#contract'
import { registered } from '#providers/catalogue'
import {
  cruiseOptions,
  doors,
  lateDoors,
  packageOwners,
  packageTypeUsers,
  rooms,
  ruleSet,
} from '../.dependency-cruiser.ts'
import { providerNames } from './provider-names.ts'

const root = join(import.meta.dirname, '..')
const folders = ['apps', 'libs', 'test', 'bench', 'chaos', 'scripts']
const isTest = (path: string) => /\.(?:test|suite)\.ts$/.test(path)

/** Every TypeScript file of ours but fixtures, relative to the root. */
const files = globSync(
  folders.map((folder) => `${folder}/**/*.ts`),
  { cwd: root, exclude: (path) => /(?:^|\/)(?:fixtures|node_modules)(?:\/|$)/.test(path) },
)

async function cruiseTree(baseDir: string): Promise<ICruiseResult> {
  const present = readdirSync(baseDir).filter((name) => folders.includes(name))
  const { output } = await cruise(present, { ...cruiseOptions, baseDir })
  assert.ok(typeof output === 'object', 'dependency-cruiser gave no result')
  return output
}

const violationsOf = ({ summary }: ICruiseResult) =>
  summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))

describe('the tree', () => {
  let result: ICruiseResult
  before(async () => {
    result = await cruiseTree(root)
  })

  test('keeps every rule', () => {
    assert.deepEqual(violationsOf(result), [])
  })

  test('was looked at, file by file', () => {
    const cruised = new Set(result.modules.map(({ source }) => source))
    assert.deepEqual(
      files.filter((path) => !cruised.has(path)),
      [],
    )
    assert.ok(files.length >= 60, `only ${files.length} files were found`)
    for (const folder of Object.keys(rooms).filter((name) => files.some((path) => path.startsWith(name)))) {
      const inside = result.modules.filter(({ source }) => source.startsWith(`${folder}/`))
      assert.ok(inside.length > 0, `nothing of ${folder} was cruised`)
      assert.ok(
        inside.some(({ dependencies }) => dependencies.length > 0),
        `no import of ${folder} was seen`,
      )
    }
  })

  test('resolves front doors by their names', () => {
    const named = result.modules.flatMap(({ dependencies }) =>
      dependencies.filter(({ module }) => module in doors),
    )
    assert.ok(named.length > 50, `only ${named.length} imports by name were seen`)
    assert.deepEqual(
      named.filter(({ module, resolved }) => resolved !== doors[module]).map(({ module }) => module),
      [],
    )
  })

  test('has the rooms of the table and no others', () => {
    const onDisk = ['libs', 'apps'].flatMap((parent) =>
      readdirSync(join(root, parent), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${parent}/${entry.name}`),
    )
    assert.deepEqual(
      onDisk.filter((folder) => !(folder in rooms)),
      [],
    )
  })

  test('has the doors that package.json names', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const named = Object.entries(manifest.imports).map(([name, target]) => {
      const path = typeof target === 'string' ? target : (target as { default: string }).default
      return [name, path.replace(/^\.\//, '')]
    })
    assert.deepEqual(Object.fromEntries(named), doors)
  })

  test('keeps clocks, timers and randomness out of pure rooms', () => {
    const pure = Object.keys(rooms).filter((folder) => rooms[folder]?.pure)
    const impure = impurities(files.filter((path) => pure.some((folder) => path.startsWith(`${folder}/`))))
    assert.deepEqual(impure, [])
    assert.notDeepEqual(impurities(files.filter((path) => path.startsWith('libs/store/'))), [])
  })

  test('tells no provider from others by its name outside of its own folder', () => {
    assert.deepEqual(files.filter(isProduct).flatMap(namesIn), [])
  })

  test('finds every way of telling them by name', () => {
    const crafted = (text: string, own = '') => {
      const path = 'libs/providers/x/index.ts'
      return providerNames({ path, text, ids: providerIds, own, alsoSurfaces: surfaces })
    }
    for (const text of [
      "if (id === 'azure') sign()",
      "if ('groq' !== id) sign()",
      "switch (id) { case 'mistral': sign() }",
      "if (['xai', other].includes(id)) sign()",
      "if (id.startsWith('openai')) sign()",
      "const slow = new Set(['openai'])",
      "const waits = new Map([['openai', 5]])",
      'const waits = { azure: 5 }',
      "const waits = { 'azure': 5 }",
      "const wait = waits['openai']",
      'const wait = waits.azure',
      "const has = 'openai' in waits",
      'if (id === `groq`) sign()',
    ]) {
      assert.equal(crafted(text).length, 1, text)
      if (!text.includes('openai')) continue
      assert.deepEqual(crafted(text, 'openai'), [], `${text}, in the provider's own file`)
    }
    for (const text of [
      "if (wire === 'openai-chat') go()",
      "const id = 'groq'",
      'const shapes = { openai: 1 }',
    ])
      assert.deepEqual(crafted(text), [], text)
  })

  test('keeps files within 400 lines', () => {
    assert.deepEqual(longerThan(400), [])
    assert.notDeepEqual(longerThan(50), [])
  })
})

/** Files that ask for the time, for chance or for a timer themselves instead of being handed them. */
function impurities(paths: readonly string[]): readonly string[] {
  const used =
    /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bMath\.random\(|\brandomUUID\(|\bset(?:Timeout|Interval|Immediate)\(|\bprocess\./
  return paths.filter((path) => !isTest(path) && used.test(readFileSync(join(root, path), 'utf8')))
}

const providerIds = new Set(registered.keys())
const surfaces = new Set<string>(surfaceIds)

/** The simulated providers are those vendors. */
const isProduct = (path: string) => !isTest(path) && !/^(?:libs\/testing|test|bench|chaos)\//.test(path)

/** Where a vendor is told from others by its name; what differs belongs in its facts. */
function namesIn(path: string): readonly string[] {
  const own = /^libs\/providers\/([^/]+)\//.exec(path)?.[1] ?? ''
  const text = readFileSync(join(root, path), 'utf8')
  return providerNames({ path, text, ids: providerIds, own, alsoSurfaces: surfaces })
}

/** Hand-written files of the product above a number of lines. */
function longerThan(lines: number): readonly string[] {
  return files.filter((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    const isGenerated = text.startsWith('// Generated by ')
    return !isTest(path) && !isGenerated && text.split('\n').length - 1 > lines
  })
}

describe('the rules', () => {
  const base = mkdtempSync(join(tmpdir(), 'architecture-'))
  let violations: ReturnType<typeof violationsOf>

  before(async () => {
    for (const [path, text] of craftedTree()) {
      mkdirSync(dirname(join(base, path)), { recursive: true })
      writeFileSync(join(base, path), text)
    }
    violations = violationsOf(await cruiseTree(base))
  })
  after(() => rmSync(base, { recursive: true, force: true }))

  for (const { name } of ruleSet.forbidden ?? []) {
    test(`fires: ${name}`, () => {
      const fired = violations.filter(({ rule }) => rule === name)
      assert.ok(fired.length > 0)
      assert.deepEqual(
        fired.filter(({ from }) => !from.includes('/bad')),
        [],
      )
    })
  }

  test('catch every forbidden door of every room', () => {
    for (const [folder, { imports }] of Object.entries(rooms)) {
      const caught = violations
        .filter(({ rule, from }) => rule?.startsWith(`${folder} opens`) && from === `${folder}/bad-doors.ts`)
        .map(({ to }) => to)
      const forbidden = Object.entries(doors)
        .filter(([name, path]) => !imports.includes(name) && !path.startsWith(`${folder}/`))
        .map(([, path]) => path)
      assert.deepEqual(caught.toSorted(), forbidden.toSorted(), folder)
    }
  })

  test('leave alone what is allowed', () => {
    assert.deepEqual(
      violations.filter(({ from }) => from.includes('good')),
      [],
    )
  })
})

/** A small tree in which files named `bad…` break every rule and files named `good…` use all that is allowed. */
function craftedTree(): ReadonlyMap<string, string> {
  const importing = (names: readonly string[]) => names.map((name) => `import '${name}'\n`).join('')
  const packages = [...Object.keys(packageOwners), 'left-pad']
  const tree = new Map<string, string>([
    ['package.json', manifest(packages)],
    ...packages.map(
      (name) => [`node_modules/${name}/package.json`, `{"name":"${name}","main":"index.js"}`] as const,
    ),
    ...packages.map((name) => [`node_modules/${name}/index.js`, 'export {}\n'] as const),
    ...Object.values(doors).map((path) => [path, 'export {}\n'] as const),
  ])
  for (const [folder, { imports, pure }] of Object.entries(rooms)) {
    const ownPackages = packages.filter((name) => packageOwners[name]?.includes(folder))
    const late = imports.filter((name) => lateDoors.includes(name))
    const early = imports.filter((name) => !late.includes(name))
    const types = packages.filter((name) => packageTypeUsers[name]?.includes(folder))
    tree.set(`${folder}/inside.ts`, 'export {}\n')
    tree.set(
      `${folder}/good.ts`,
      importing(['./inside.ts', ...early, ...ownPackages, pure ? 'node:util' : 'node:fs']) +
        late.map((name) => `await import('${name}')\n`).join('') +
        types.map((name) => `import type * as types from '${name}'\n`).join(''),
    )
    tree.set(
      `${folder}/good.test.ts`,
      importing([...Object.keys(doors), ...packages, './inside.ts', 'node:fs']),
    )
    tree.set(`${folder}/bad-doors.ts`, importing(Object.keys(doors)))
    tree.set(
      `${folder}/bad.ts`,
      importing([...packages, 'node:fs', './good.test.ts', './missing.ts', './bad-cycle.ts']),
    )
    tree.set(`${folder}/bad-cycle.ts`, importing(['./bad.ts']))
    tree.set(
      `${folder}/bad-path.ts`,
      importing(['../../libs/contract/inside.ts', '../../libs/config/index.ts']),
    )
    tree.set(
      `${folder}/bad.test.ts`,
      importing(['../../libs/contract/inside.ts', '../../libs/config/inside.ts']),
    )
  }
  tree.set('libs/providers/transport/index.ts', 'export {}\n')
  tree.set('libs/providers/good-vendor/index.ts', importing(['../types.ts', '#contract']))
  tree.set('libs/providers/types.ts', 'export {}\n')
  tree.set('libs/providers/bad/index.ts', importing(['../transport/index.ts']))
  tree.set('scripts/good.ts', importing(Object.keys(doors)))
  tree.set('scripts/bad.ts', importing(['../libs/queue/inside.ts']))
  return tree
}

function manifest(packages: readonly string[]): string {
  const imports = Object.entries(doors).map(([name, path]) => [
    name,
    { 'bifrost-packed': './x.js', default: `./${path}` },
  ])
  const dependencies = Object.fromEntries(packages.map((name) => [name, '1.0.0']))
  return JSON.stringify({
    name: 'crafted',
    type: 'module',
    imports: Object.fromEntries(imports),
    dependencies,
  })
}
