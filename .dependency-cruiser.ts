/**
 * Who may import whom, as data, and the rules that follow from it. `test/architecture.test.ts` runs them and proves
 * that each of them fires.
 */
import type { ICruiseOptions, IFlattenedRuleSet, IForbiddenRuleType } from 'dependency-cruiser'

/** One room: what other front doors it may open, and whether it must stay free of the outside world. */
export type Room = { readonly imports: readonly string[]; readonly pure?: true }

/** Front doors by name; the same names are `imports` of package.json. */
export const doors: Readonly<Record<string, string>> = {
  '#contract': 'libs/contract/index.ts',
  '#translate': 'libs/translate/index.ts',
  '#routing': 'libs/routing/index.ts',
  '#prices': 'libs/prices/index.ts',
  '#config': 'libs/config/index.ts',
  '#observability': 'libs/observability/index.ts',
  '#store': 'libs/store/index.ts',
  '#store/redis': 'libs/store/redis/index.ts',
  '#queue': 'libs/queue/index.ts',
  '#queue/redis': 'libs/queue/bullmq/index.ts',
  '#resilience': 'libs/resilience/index.ts',
  '#process': 'libs/process/index.ts',
  '#process/compile-cache': 'libs/process/compile-cache.ts',
  '#store/shared': 'libs/store/shared/index.ts',
  '#queue/shared': 'libs/queue/shared/index.ts',
  '#process/cluster': 'libs/process/cluster/index.ts',
  '#providers': 'libs/providers/index.ts',
  '#providers/catalogue': 'libs/providers/catalogue.ts',
  '#testing': 'libs/testing/index.ts',
  '#api': 'apps/api/index.ts',
  '#worker': 'apps/worker/index.ts',
}

/** Doors to what only a Redis needs. They are opened by `import()`, so that a process without one never loads it. */
export const lateDoors: readonly string[] = ['#store/redis', '#queue/redis']

const everyLibrary = Object.keys(doors).filter(
  (name) => !['#testing', '#api', '#worker', ...lateDoors].includes(name),
)

/** Rooms by folder. Tests, bench, chaos and scripts may open every door and are not listed. */
export const rooms: Readonly<Record<string, Room>> = {
  'libs/contract': { imports: [], pure: true },
  'libs/translate': { imports: ['#contract'], pure: true },
  'libs/routing': { imports: ['#contract'], pure: true },
  'libs/prices': { imports: ['#contract', '#routing'], pure: true },
  'libs/config': { imports: ['#contract', '#providers/catalogue'] },
  'libs/observability': { imports: ['#contract'] },
  'libs/store': { imports: ['#contract', '#observability'] },
  'libs/queue': { imports: ['#contract', '#observability', '#store', '#store/shared'] },
  'libs/resilience': { imports: ['#contract', '#observability', '#store', '#translate'] },
  'libs/providers': { imports: ['#contract', '#observability'] },
  'libs/process': {
    imports: [
      '#contract',
      '#config',
      '#observability',
      '#prices',
      '#providers/catalogue',
      '#queue',
      '#queue/redis',
      '#store',
      '#store/redis',
      '#queue/shared',
      '#store/shared',
      '#translate',
    ],
  },
  'libs/testing': { imports: everyLibrary },
  'apps/api': {
    imports: everyLibrary.filter((name) => name !== '#providers'),
  },
  'apps/worker': { imports: everyLibrary },
  'apps/standalone': {
    imports: ['#api', '#worker', ...everyLibrary.filter((name) => name !== '#providers')],
  },
  'apps/demo': {
    imports: ['#api', '#worker', '#testing', ...everyLibrary.filter((name) => name !== '#providers')],
  },
}

/** The rooms through which each npm package comes in; a package that is not listed has no way in. */
export const packageOwners: Readonly<Record<string, readonly string[]>> = {
  bullmq: ['libs/queue'],
  ioredis: ['libs/store'],
  'rate-limiter-flexible': ['libs/store'],
  opossum: ['libs/resilience'],
  fastify: ['apps/api'],
  'gpt-tokenizer': ['apps/api'],
  '@fastify/cors': ['apps/api'],
  undici: ['libs/providers'],
  '@smithy/signature-v4': ['libs/providers'],
  '@aws-crypto/sha256-js': ['libs/providers'],
  '@aws-sdk/credential-provider-node': ['libs/providers'],
  'google-auth-library': ['libs/providers'],
  '@azure/identity': ['libs/providers'],
  pino: ['libs/observability'],
  'prom-client': ['libs/observability'],
  typebox: ['libs/config'],
  'jsonc-parser': ['libs/config'],
  '@smithy/eventstream-codec': ['libs/translate', 'libs/testing'],
  openai: ['libs/testing', 'apps/demo'],
  ajv: ['libs/testing'],
  '@anthropic-ai/sdk': ['libs/testing', 'apps/demo'],
}

/** Rooms that may name a package's types without opening it: queue is handed the store's connections. */
export const packageTypeUsers: Readonly<Record<string, readonly string[]>> = {
  ioredis: ['libs/queue'],
}

/** What a pure room may still use of Node: data structures, no sockets, files, clocks or randomness. */
const harmlessCore = '^(?:node:)?(?:assert|buffer|string_decoder|util)(?:/|$)'

/** Tests, and the suites that tests share, see every door and the npm packages that they check against. */
const testFile = '\\.(?:test|suite)\\.ts$'
const roomFolder = '^((?:libs|apps)/[^/]+)/'
const anyRoom = '^(?:libs|apps)/'
const outside = '^(?:test|bench|chaos|scripts)/'

/** Inside `libs/providers`: the vendors' folders and what they are made of. */
const plainData =
  '(?:(?:choose-endpoint|custom|model-names|pattern|types)|(?!transport/)[a-z0-9-]+/index)\\.ts$'

function exactly(path: string): string {
  return `^${path.replaceAll('.', '\\.')}$`
}

const everyDoor = Object.values(doors).map(exactly)

function roomRules(): readonly IForbiddenRuleType[] {
  return Object.entries(rooms).map(([folder, { imports }]) => ({
    name: `${folder} opens only the doors of its list`,
    severity: 'error',
    from: { path: `^${folder}/`, pathNot: testFile },
    to: {
      path: [anyRoom, outside],
      pathNot: [`^${folder}/`, ...imports.map((name) => exactly(doors[name] ?? name))],
    },
  }))
}

function pureRules(): readonly IForbiddenRuleType[] {
  return Object.entries(rooms)
    .filter(([, { pure }]) => pure)
    .map(([folder]) => ({
      name: `${folder} is pure`,
      severity: 'error',
      from: { path: `^${folder}/`, pathNot: testFile },
      to: { dependencyTypes: ['core'], pathNot: harmlessCore },
    }))
}

function packageRules(): readonly IForbiddenRuleType[] {
  const owned = Object.entries(packageOwners).flatMap(([name, owners]): IForbiddenRuleType[] => {
    const own = owners.map((folder) => `^${folder}/`)
    const typeUsers = (packageTypeUsers[name] ?? []).map((folder) => `^${folder}/`)
    const to = { path: `(?:^|/)node_modules/${name}/` }
    const rules: IForbiddenRuleType[] = [
      {
        name: `${name} comes in through ${owners.join(', ')}`,
        severity: 'error',
        from: { path: anyRoom, pathNot: [testFile, ...own, ...typeUsers] },
        to,
      },
    ]
    if (typeUsers.length > 0) {
      rules.push({
        name: `${name} is a type only outside of ${owners.join(', ')}`,
        severity: 'error',
        from: { path: typeUsers, pathNot: testFile },
        to: { ...to, dependencyTypesNot: ['type-only'] },
      })
    }
    return rules
  })
  const known = Object.keys(packageOwners).map((name) => `(?:^|/)node_modules/${name}/`)
  return [
    ...owned,
    {
      name: 'every npm package has an owner',
      severity: 'error',
      from: { path: anyRoom, pathNot: testFile },
      to: { path: '(?:^|/)node_modules/', pathNot: known },
    },
  ]
}

const generalRules: readonly IForbiddenRuleType[] = [
  {
    name: 'other rooms are imported by name',
    comment: 'Write "#contract", not a relative path: only front doors have names.',
    severity: 'error',
    from: { path: roomFolder },
    to: { path: anyRoom, pathNot: '^$1/', dependencyTypesNot: ['aliased-subpath-import'] },
  },
  {
    name: 'tests open front doors only',
    severity: 'error',
    from: { path: `${roomFolder}.*${testFile}` },
    to: { path: anyRoom, pathNot: ['^$1/', ...everyDoor] },
  },
  {
    name: 'test, bench, chaos and scripts open front doors only',
    severity: 'error',
    from: { path: outside },
    to: { path: anyRoom, pathNot: everyDoor },
  },
  {
    name: 'the product does not import its tests',
    severity: 'error',
    from: { path: [anyRoom, outside], pathNot: testFile },
    to: { path: testFile },
  },
  {
    name: 'the catalogue is plain data',
    comment: 'Config and the API read it, so nothing of transport or signing may hang on it.',
    severity: 'error',
    from: { path: `^libs/providers/(?:catalogue\\.ts$|${plainData})` },
    to: { path: ['^libs/providers/', '(?:^|/)node_modules/'], pathNot: `^libs/providers/${plainData}` },
  },
  {
    name: 'what only a Redis needs is imported late',
    comment: 'Write `await import()` where a Redis is configured: it is a fifth of all modules of a start.',
    severity: 'error',
    from: { path: anyRoom, pathNot: testFile },
    to: {
      path: lateDoors.map((name) => exactly(doors[name] ?? name)),
      dynamic: false,
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'no cycles',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'every import resolves',
    comment: 'What does not resolve escapes all other rules.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
]

export const ruleSet: IFlattenedRuleSet = {
  forbidden: [...roomRules(), ...pureRules(), ...packageRules(), ...generalRules],
}

export const cruiseOptions: ICruiseOptions = {
  ruleSet,
  validate: true,
  // Type imports are arrows too.
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '(?:^|/)fixtures/' },
  enhancedResolveOptions: {
    exportsFields: ['exports'],
    conditionNames: ['import', 'node', 'default', 'types'],
    extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
  },
}
