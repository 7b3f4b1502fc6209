import type { WireId } from '#contract'
import {
  type CustomProvider,
  factsOf,
  type Place,
  type ProviderFacts,
  registered,
  requestTypes,
} from '#providers/catalogue'
import { defaults } from './defaults.ts'
import { type Environment, firstSet } from './environment.ts'
import { resolveKeys } from './keys.ts'
import { didYouMean } from './nearest.ts'
import { resolveNetwork } from './network.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import type { ProviderFile } from './schema.ts'
import type { ProviderConfig } from './types.ts'

/** What providers are resolved against. */
export type ProviderContext = {
  readonly environment: Environment
  readonly findings: Findings
  /** The wires that this build speaks. */
  readonly spokenWires: readonly WireId[]
}

/** Ids name queues, metrics and the part of a model before `/`, so they stay plain. */
const validId = /^[a-z0-9][a-z0-9_.-]{0,63}$/

/** One entry of `providers`, or `undefined` (with a problem recorded) when there is no telling what it is. */
export function resolveProvider(
  id: string,
  file: ProviderFile,
  context: ProviderContext,
): ProviderConfig | undefined {
  const path = ['providers', id]
  const facts = resolveFacts(id, file, path, context.findings)
  if (facts === undefined) return undefined
  const spoken = isSpoken(facts, context.spokenWires)
  if (!spoken) context.findings.warning(path, notSpoken)
  const shared = { id, path, file, facts, spoken, ...context }
  const keys = resolveKeys(shared)
  return {
    id,
    keys,
    network: resolveNetwork({ ...shared, keys }),
    concurrency: file.concurrency_and_buffer_size?.concurrency ?? defaults.concurrency,
    bufferSize: file.concurrency_and_buffer_size?.buffer_size ?? defaults.bufferSize,
    custom: customOf(file),
  }
}

function customOf(file: ProviderFile): CustomProvider | undefined {
  const custom = file.custom_provider_config
  if (custom?.base_provider_type === undefined) return undefined
  const { allowed_requests: allowed, request_path_overrides: paths } = custom
  return {
    baseProviderType: custom.base_provider_type,
    isKeyLess: custom.is_key_less ?? false,
    ...(allowed !== undefined && {
      allowed: Object.entries(allowed).flatMap(([name, value]) => (value === true ? [name] : [])),
    }),
    ...(paths !== undefined && { paths }),
  }
}

const notSpoken =
  'This build does not speak the API of this provider yet: it is configured, and requests to it are answered with 501 not_implemented.'

function isSpoken(facts: ProviderFacts, spokenWires: readonly WireId[]): boolean {
  return Object.values(facts.operations).some((endpoints) =>
    endpoints.some(({ wire }) => spokenWires.includes(wire)),
  )
}

function resolveFacts(
  id: string,
  file: ProviderFile,
  path: Path,
  findings: Findings,
): ProviderFacts | undefined {
  const custom = file.custom_provider_config
  const ids = [...registered.keys()]
  if (!validId.test(id)) {
    findings.problem(
      path,
      `is not a provider id: use at most 64 lower-case letters, digits, "_", "." and "-"${didYouMean(id, ids)}`,
    )
    return undefined
  }
  if (custom === undefined) {
    const facts = registered.get(id)
    if (facts === undefined) {
      findings.problem(
        path,
        `is not a provider that the gateway knows; give it custom_provider_config: {"base_provider_type": "openai"} and a base_url${didYouMean(id, ids) || `; known are ${ids.join(', ')}.`}`,
      )
    }
    return facts
  }
  const at = [...path, 'custom_provider_config']
  if (registered.has(id)) {
    findings.problem(
      at,
      'belongs to a provider of your own, and this id is a known vendor; choose another id, or remove custom_provider_config.',
    )
    return undefined
  }
  const base = custom.base_provider_type
  if (base === undefined || !registered.has(base)) {
    findings.problem(
      [...at, 'base_provider_type'],
      `${base === undefined ? 'is missing' : 'is not a known provider'}; write the one whose API this provider speaks: ${ids.join(', ')}.`,
    )
    return undefined
  }
  checkPaths(custom.request_path_overrides ?? {}, [...at, 'request_path_overrides'], findings)
  return factsOf(id, customOf(file))
}

/** Paths are added to the provider's address, never put in its place. */
function checkPaths(paths: Readonly<Record<string, string>>, at: Path, findings: Findings): void {
  const known = Object.keys(requestTypes)
  for (const [name, path] of Object.entries(paths)) {
    if (!known.includes(name.replace(/_stream$/, '')))
      findings.problem(
        [...at, name],
        `is no request that a path can be given for; known are ${known.join(', ')}.`,
      )
    else if (!/^\/[^/\s#][^\s#]*$/.test(path))
      findings.problem(
        [...at, name],
        'must be a path that begins with "/", for example "/v1/chat/completions".',
      )
  }
}

/**
 * Without a file: one provider for every vendor whose variable is set, or whose cloud has given this process an account.
 * One that lacks a variable beside it is left out with a warning: nobody has asked for it by name.
 */
export function providersOfEnvironment(context: ProviderContext): readonly ProviderConfig[] {
  const providers: ProviderConfig[] = []
  for (const [id, facts] of registered) {
    const { environment } = context
    const variables = [facts.environmentVariable ?? [], facts.variables?.identity ?? []].flat()
    const found = firstSet(environment, variables)
    if (found === undefined || found.value.trim() === '') continue
    const missing = missingVariable(facts, environment)
    if (missing !== undefined) {
      context.findings.warning(found.name, `Makes no provider "${id}": ${missing} is not set.`)
      continue
    }
    const provider = resolveProvider(id, {}, context)
    if (provider !== undefined) providers.push(provider)
  }
  return providers
}

/** A variable without which the vendor's own is not enough. */
function missingVariable(facts: ProviderFacts, environment: Environment): string | undefined {
  const wanted = Object.keys(facts.needs ?? {}) as (keyof Place)[]
  const needed = wanted.filter((name) => facts.place?.[name] === undefined)
  const hasAddress = facts.baseUrl !== undefined || facts.regionalBaseUrls !== undefined
  const lists = [...needed, ...(hasAddress ? [] : (['url'] as const))].map(
    (name) => facts.variables?.[name] ?? [],
  )
  return lists.find((names) => firstSet(environment, names) === undefined)?.[0]
}

/** The variables that stand for a provider, most used first. */
export function providerVariables(): readonly string[] {
  return [...registered.values()].flatMap((facts) => facts.environmentVariable ?? [])
}
