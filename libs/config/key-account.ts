import type { KeyConfigMember, Place, ProviderFacts } from '#providers/catalogue'
import { type Environment, firstSet } from './environment.ts'
import { type KeyAccount, keyConfigReaders, sectionOf } from './key-config-readers.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import { unresolved } from './resolve-env.ts'
import type { ProviderFile } from './schema.ts'
import { checkBaseUrl } from './url.ts'

type KeyFile = NonNullable<ProviderFile['keys']>[number]

const members = Object.keys(keyConfigReaders) as readonly KeyConfigMember[]

/** Of one key of one provider. */
type KeyContext = {
  /** Of the key. */
  readonly path: Path
  readonly facts: ProviderFacts
  readonly environment: Environment
  readonly findings: Findings
  /** The provider's own address, as the file has it. */
  readonly baseUrl: string | undefined
  /** Whether the key has a value, so that nobody need sign. */
  readonly hasValue: boolean
}

/** Where the config says the address of a key of this provider; the key itself where keys have none. */
export function urlPath(path: Path, { keyConfig }: ProviderFacts): Path {
  return keyConfig === undefined ? path : [...path, keyConfig, keyConfigReaders[keyConfig].url]
}

/** The account of one key; `key` is absent for one that the environment alone makes. */
export function readKeyAccount(context: KeyContext & { readonly key: KeyFile | undefined }): KeyAccount {
  const { key, path, facts, findings, environment } = context
  const own = facts.keyConfig
  for (const member of members) {
    if (key?.[member] === undefined || member === own) continue
    findings.warning([...path, member], `Not used: ${facts.id} has no such setting.`)
  }
  const read =
    own === undefined ? {} : keyConfigReaders[own].read(sectionOf(key?.[own] ?? {}, [...path, own], context))
  const { url: written, ...rest } = read
  const url = checkedUrl(
    written ?? firstSet(environment, facts.variables?.url ?? [])?.value,
    written,
    context,
  )
  return {
    aliases: {},
    ...rest,
    isUrlWritten: written !== undefined,
    place: placeOf(read.place, context),
    ...(url !== undefined && { url }),
  }
}

/** What the key says, else the environment. What must be said and is not is told with both remedies. */
function placeOf(written: Place | undefined, context: KeyContext): Place {
  const { facts, environment } = context
  const place: { -readonly [name in keyof Place]: string } = { ...written }
  for (const name of ['region', 'project', 'apiVersion'] as const) {
    const found = place[name] ?? firstSet(environment, facts.variables?.[name] ?? [])?.value
    if (found !== undefined) place[name] = found
    checkPlace(name, found, context)
  }
  return place
}

function checkPlace(name: keyof Place, found: string | undefined, context: KeyContext): void {
  const { path, facts, findings } = context
  const member = facts.needs?.[name]
  if (member === undefined || found === unresolved) return
  const at = [...path, facts.keyConfig ?? 'value', member]
  if (found === undefined && facts.place?.[name] === undefined && isNeeded(name, context)) {
    const variable = facts.variables?.[name]?.[0]
    const orVariable = variable === undefined ? '' : `, or set the environment variable ${variable}`
    findings.problem(at, `is missing; write it here${orVariable}.`)
  }
  // It becomes part of a host's name.
  if (name === 'region' && found !== undefined && !/^[a-z0-9-]+$/.test(found)) {
    findings.problem(at, 'is not a region: use lower-case letters, digits and "-", for example "us-east-1".')
  }
}

/** A signature is for a region, and so is the vendor's own host; a path is for what it names. */
function isNeeded(name: keyof Place, { facts, baseUrl, hasValue }: KeyContext): boolean {
  const paths = Object.values(facts.operations).flat()
  return baseUrl === undefined || !hasValue || paths.some(({ path }) => path.includes(`{${name}}`))
}

function checkedUrl(
  url: string | undefined,
  written: string | undefined,
  { path, facts, findings }: KeyContext,
): string | undefined {
  if (url === undefined || url === unresolved) return url
  const checked = checkBaseUrl(url)
  if (checked.ok) return checked.value
  const variable = facts.variables?.url?.[0]
  findings.problem(
    written !== undefined || variable === undefined ? urlPath(path, facts) : variable,
    checked.message,
  )
  // The problem is told; with an address the lack of one is not told beside it.
  return url
}

/** A key needs an address where its provider has none; one beside the provider's own is named in a warning. */
export function checkAddress(
  account: KeyAccount,
  { path, facts, findings, baseUrl }: Omit<KeyContext, 'hasValue'>,
): void {
  const at = urlPath(path, facts)
  if (baseUrl !== undefined) {
    const checked = checkBaseUrl(baseUrl)
    const differs = checked.ok && account.url !== undefined && account.url !== checked.value
    if (differs && account.isUrlWritten === true)
      findings.warning(at, 'Not used: network_config.base_url wins.')
    return
  }
  if (account.url !== undefined || facts.baseUrl !== undefined || facts.regionalBaseUrls !== undefined) return
  const variable = facts.variables?.url?.[0]
  if (variable !== undefined) {
    findings.problem(
      at,
      `is missing; write the address of your resource, or set the environment variable ${variable}.`,
    )
    return
  }
  const orHere = facts.keyConfig === undefined ? '' : `, or that of each key in ${facts.keyConfig}.url`
  findings.problem(
    [...path.slice(0, 2), 'network_config', 'base_url'],
    `is missing; this provider runs on a machine of yours, so write its address, for example "http://localhost:8000"${orHere}.`,
  )
}
