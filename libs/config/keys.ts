import { Secret } from '#contract'
import type { ProviderFacts } from '#providers/catalogue'
import { defaults } from './defaults.ts'
import type { Environment } from './environment.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import type { ProviderFile } from './schema.ts'
import type { KeyConfig } from './types.ts'

type KeyFile = NonNullable<ProviderFile['keys']>[number]

/** What decides whether a provider needs keys and where they may come from. */
export type KeySources = {
  readonly id: string
  readonly path: Path
  readonly file: ProviderFile
  readonly facts: ProviderFacts
  /** False for a provider whose wire this build does not speak: its credentials may be of a kind that we lack. */
  readonly spoken: boolean
  readonly environment: Environment
  readonly findings: Findings
}

/** The provider's keys: those of the file, else the vendor's environment variable, else none where none is needed. */
export function resolveKeys(sources: KeySources): readonly KeyConfig[] {
  const written = sources.file.keys ?? []
  if (written.length === 0) return fromEnvironment(sources)
  const keys = written.map((key, index) => resolveKey(key, index, sources))
  reportDuplicateNames(keys, sources)
  return keys
}

function resolveKey(key: KeyFile, index: number, sources: KeySources): KeyConfig {
  const { facts, file, findings } = sources
  const path = [...sources.path, 'keys', index, 'value']
  const value = key.value?.trim() ?? ''
  const keyless = file.custom_provider_config?.is_key_less === true
  if (value === '' && facts.keyOptional !== true && sources.spoken) {
    findings.problem(
      path,
      `is ${key.value === undefined ? 'missing' : 'empty'}; write the key, best as ${exampleOf(sources)}.`,
    )
  }
  if (sources.spoken) checkCharacters(value, path, findings)
  if (value !== '' && keyless) findings.warning(path, 'Not sent: custom_provider_config.is_key_less is true.')
  return {
    name: key.name ?? `key-${index + 1}`,
    value: new Secret(keyless ? '' : value),
    models: key.models ?? [],
    weight: key.weight ?? defaults.keyWeight,
  }
}

function fromEnvironment(sources: KeySources): readonly KeyConfig[] {
  const { facts, environment, findings, file, path } = sources
  const name = facts.environmentVariable
  const value = name === undefined ? '' : (environment[name]?.trim() ?? '')
  if (value !== '') {
    if (sources.spoken) checkCharacters(value, name ?? path, findings)
    return [{ name: 'key-1', value: new Secret(value), models: [], weight: defaults.keyWeight }]
  }
  if (facts.keyOptional !== true && sources.spoken) {
    const keyless =
      file.custom_provider_config === undefined ? '' : ', or set custom_provider_config.is_key_less to true'
    const variable = name === undefined ? '' : `set the environment variable ${name}, or `
    findings.problem(
      [...path, 'keys'],
      `is missing; ${variable}write "keys": [{"value": "${exampleOf(sources)}"}]${keyless}.`,
    )
  }
  return []
}

/** A key that was pasted with a line break inside fails on every request; better once, at the start. */
function checkCharacters(value: string, path: Path | string, findings: Findings): void {
  if (/[^\x21-\x7E]/.test(value)) {
    findings.problem(path, 'holds a space, a line break or another character that no header can carry.')
  }
}

function exampleOf({ id, facts }: KeySources): string {
  return exampleOfVariable(id, facts.environmentVariable)
}

/** What to write as a key's value, for example `env.OPENAI_API_KEY`. */
export function exampleOfVariable(id: string, variable: string | undefined): string {
  return `env.${variable ?? `${id.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_API_KEY`}`
}

/** Names stand for keys in logs, metrics and the store, so two keys cannot share one. */
function reportDuplicateNames(keys: readonly KeyConfig[], { path, findings }: KeySources): void {
  keys.forEach((key, index) => {
    const first = keys.findIndex((other) => other.name === key.name)
    if (first < index) {
      findings.problem(
        [...path, 'keys', index, 'name'],
        `is the name of keys[${first}] too; give every key a name of its own.`,
      )
    }
  })
}
