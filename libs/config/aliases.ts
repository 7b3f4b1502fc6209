import { didYouMean } from './nearest.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import type { ConfigFile } from './schema.ts'
import type { AliasTarget, Config, ProviderConfig } from './types.ts'

type Providers = Readonly<Record<string, ProviderConfig>>

/** `model_aliases` with every target checked against the providers and their keys. */
export function resolveAliases(
  file: ConfigFile['model_aliases'],
  providers: Providers,
  findings: Findings,
): Config['modelAliases'] {
  const aliases = Object.entries(file ?? {}).map(([alias, target]): [string, AliasTarget[]] => {
    const path = ['model_aliases', alias]
    if (alias === '') findings.problem(path, 'is an empty name; write the name that callers will use.')
    if (typeof target === 'string') {
      checkTarget(target, path, providers, findings)
      return [alias, [{ model: target, weight: 1 }]]
    }
    target.forEach(({ model }, index) => {
      checkTarget(model, [...path, index, 'model'], providers, findings)
    })
    return [alias, target.map(({ model, weight = 1 }) => ({ model, weight }))]
  })
  return Object.fromEntries(aliases)
}

/** `fallbacks` in file order, targets checked like an alias's. */
export function resolveFallbacks(
  file: ConfigFile['fallbacks'],
  providers: Providers,
  findings: Findings,
): Config['fallbacks'] {
  return Object.entries(file ?? {}).map(([pattern, targets]) => {
    targets.forEach((target, index) => {
      checkTarget(target, ['fallbacks', pattern, index], providers, findings)
    })
    return { pattern, targets }
  })
}

/** A target must name a configured provider, and a model that one of its keys admits. */
export function checkTarget(target: string, path: Path, providers: Providers, findings: Findings): void {
  const slash = target.indexOf('/')
  const id = target.slice(0, Math.max(slash, 0))
  const model = target.slice(slash + 1)
  if (slash < 1 || model === '') {
    findings.problem(path, 'must name provider and model, for example "openai/gpt-4o-mini".')
    return
  }
  const provider = Object.hasOwn(providers, id) ? providers[id] : undefined
  if (provider === undefined) {
    const configured = Object.keys(providers)
    findings.problem(
      path,
      `names a provider that is not configured${didYouMean(id, configured) || `; configured are ${configured.join(', ')}.`}`,
    )
    return
  }
  const admitted = provider.keys.some(
    ({ models }) => models.length === 0 || models.includes('*') || models.includes(model),
  )
  if (provider.keys.length > 0 && !admitted) {
    findings.problem(
      path,
      `names a model that no key of ${id} admits; add it to providers.${id}.keys[].models.`,
    )
  }
}
