import type { WireId } from '#contract'
import { factsOf, type ProviderFacts, registered } from '#providers/catalogue'
import { defaults } from './defaults.ts'
import type { Environment } from './environment.ts'
import { resolveKeys } from './keys.ts'
import { didYouMean } from './nearest.ts'
import { resolveNetwork } from './network.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import type { ProviderFile } from './schema.ts'
import type { ProviderConfig } from './types.ts'
import { withVllmServers } from './vllm.ts'

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
  const isVllm = (file.custom_provider_config?.base_provider_type ?? id) === 'vllm'
  const servers = withVllmServers({ file, path, isVllm, ...context })
  const shared = { id, path, facts, spoken, ...context, ...servers }
  const custom = file.custom_provider_config
  return {
    id,
    keys: resolveKeys(shared),
    network: resolveNetwork(shared),
    concurrency: file.concurrency_and_buffer_size?.concurrency ?? defaults.concurrency,
    bufferSize: file.concurrency_and_buffer_size?.buffer_size ?? defaults.bufferSize,
    custom:
      custom?.base_provider_type === undefined
        ? undefined
        : { baseProviderType: custom.base_provider_type, isKeyLess: custom.is_key_less ?? false },
  }
}

const notSpoken =
  'This build does not speak the API of this provider yet: it is configured, and requests to it are answered with 501 not_implemented.'

function isSpoken(facts: ProviderFacts, spokenWires: readonly WireId[]): boolean {
  return facts.operations.chat?.some((endpoint) => spokenWires.includes(endpoint.wire)) ?? false
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
  return factsOf(id, { baseProviderType: base, isKeyLess: custom.is_key_less ?? false })
}

/** Without a file: one provider for every vendor whose variable is set. */
export function providersOfEnvironment(context: ProviderContext): readonly ProviderConfig[] {
  const providers: ProviderConfig[] = []
  for (const [id, facts] of registered) {
    const name = facts.environmentVariable
    if (name === undefined || (context.environment[name]?.trim() ?? '') === '') continue
    const provider = resolveProvider(id, {}, context)
    if (provider !== undefined) providers.push(provider)
  }
  return providers
}

/** The variables that stand for a provider, most used first. */
export function providerVariables(): readonly string[] {
  return [...registered.values()].flatMap((facts) => facts.environmentVariable ?? [])
}
