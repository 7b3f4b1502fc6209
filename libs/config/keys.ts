import { Secret } from '#contract'
import type { Identity, Place, ProviderFacts } from '#providers/catalogue'
import { defaults } from './defaults.ts'
import type { Environment } from './environment.ts'
import { checkAddress, readKeyAccount } from './key-account.ts'
import { isCredentialsJson, type KeyAccount } from './key-config-readers.ts'
import { keyNameOf } from './key-name.ts'
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
  const keys = written.flatMap((key, index) =>
    key.enabled === false ? [] : [resolveKey(key, index, sources)],
  )
  if (keys.length === 0) {
    sources.findings.problem(
      [...sources.path, 'keys'],
      'are all switched off; set "enabled" of one to true, or remove the provider.',
    )
  }
  reportDuplicateNames(written, sources)
  return keys
}

function resolveKey(key: KeyFile, index: number, sources: KeySources): KeyConfig {
  const { facts, file, findings } = sources
  const at = [...sources.path, 'keys', index]
  const path = [...at, 'value']
  const context = {
    ...sources,
    path: at,
    baseUrl: file.network_config?.base_url,
    hasValue: (key.value?.trim() ?? '') !== '',
  }
  const account = sources.spoken ? readKeyAccount({ ...context, key }) : noAccount
  if (sources.spoken) checkAddress(account, context)
  const keyless = file.custom_provider_config?.is_key_less === true
  const { value, identity } = whoAsks(key, path, { ...sources, account })
  if (value === '' && identity === undefined && facts.keyOptional !== true && sources.spoken) {
    findings.problem(
      path,
      `is ${key.value === undefined ? 'missing' : 'empty'}; write the key, best as ${exampleOf(sources)}.`,
    )
  }
  if (value !== '' && keyless) findings.warning(path, 'Not sent: custom_provider_config.is_key_less is true.')
  const { url, place, model } = account
  const parts = partsOf({ identity, url, place, aliases: { ...account.aliases, ...aliasesOf(key) } })
  const secret = new Secret(keyless ? '' : value)
  return {
    name: key.name ?? keyNameOf({ value: secret, ...parts }),
    value: secret,
    models: key.models ?? (model === undefined ? [] : [model]),
    weight: key.weight ?? defaults.keyWeight,
    ...parts,
  }
}

const noAccount: KeyAccount = { place: {}, aliases: {} }

/** What a key holds beside its value, without what is empty. */
function partsOf(parts: {
  readonly identity: Identity | undefined
  readonly url: string | undefined
  readonly place: Place
  readonly aliases: Readonly<Record<string, string>>
}) {
  return {
    ...(parts.identity !== undefined && { identity: parts.identity }),
    ...(parts.url !== undefined && { url: parts.url }),
    ...(Object.keys(parts.place).length > 0 && { place: parts.place }),
    ...(Object.keys(parts.aliases).length > 0 && { aliases: parts.aliases }),
  }
}

function aliasesOf(key: KeyFile): Readonly<Record<string, string>> {
  const entries = Object.entries(key.aliases ?? {})
  return Object.fromEntries(
    entries.map(([model, alias]) => [model, typeof alias === 'string' ? alias : alias.model_id]),
  )
}

/**
 * The value that is sent, or the account that signs: one that the file names before the value, the machine's own where
 * there is neither.
 */
function whoAsks(
  key: KeyFile,
  path: Path,
  { account, facts, spoken, findings }: KeySources & { readonly account: KeyAccount },
): { readonly value: string; readonly identity: Identity | undefined } {
  const value = key.value?.trim() ?? ''
  if (!spoken) return { value, identity: undefined }
  if (account.identity !== undefined) {
    if (value !== '') findings.warning(path, `Not sent: what ${facts.keyConfig} names signs for this key.`)
    return { value: '', identity: account.identity }
  }
  if (facts.identity === 'google' && value !== '') {
    if (isCredentialsJson(value)) {
      return { value: '', identity: { type: 'google', credentials: new Secret(value) } }
    }
    findings.warning(path, 'Not sent: this provider takes no API key; a service account signs.')
    return { value: '', identity: { type: 'google' } }
  }
  checkCharacters(value, path, findings)
  return {
    value,
    identity: value === '' && facts.identity !== undefined ? { type: facts.identity } : undefined,
  }
}

/** The key that the environment makes: the vendor's variable, or an account of the machine's own. */
function fromEnvironment(sources: KeySources): readonly KeyConfig[] {
  const { facts, environment, findings, path, spoken } = sources
  const name = facts.environmentVariable
  const value = name === undefined ? '' : (environment[name]?.trim() ?? '')
  if (value === '' && (facts.identity === undefined || !spoken)) {
    if (facts.keyOptional !== true && spoken) reportNoKey(sources)
    return []
  }
  const key = { value: new Secret(value), models: [], weight: defaults.keyWeight }
  if (!spoken) return [{ name: keyNameOf(key), ...key }]
  checkCharacters(value, name ?? path, findings)
  const baseUrl = sources.file.network_config?.base_url
  const context = { ...sources, path: [...path, 'keys', 0], baseUrl, hasValue: value !== '' }
  const account = readKeyAccount({ ...context, key: undefined })
  checkAddress(account, context)
  const identity = value === '' && facts.identity !== undefined ? { type: facts.identity } : undefined
  const parts = partsOf({ ...account, url: account.url, identity })
  return [{ name: keyNameOf({ ...key, ...parts }), ...key, ...parts }]
}

function reportNoKey(sources: KeySources): void {
  const { facts, file, findings, path } = sources
  const name = facts.environmentVariable
  const keyless =
    file.custom_provider_config === undefined ? '' : ', or set custom_provider_config.is_key_less to true'
  const variable = name === undefined ? '' : `set the environment variable ${name}, or `
  findings.problem(
    [...path, 'keys'],
    `is missing; ${variable}write "keys": [{"value": "${exampleOf(sources)}"}]${keyless}.`,
  )
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
function reportDuplicateNames(keys: readonly KeyFile[], { path, findings }: KeySources): void {
  keys.forEach(({ name }, index) => {
    const first = keys.findIndex((key) => key.name === name)
    if (name !== undefined && first < index) {
      findings.problem(
        [...path, 'keys', index, 'name'],
        `is the name of keys[${first}] too; give every key a name of its own.`,
      )
    }
  })
}
