import { isJsonObject, Secret } from '#contract'
import type { Identity, KeyConfigMember, Place } from '#providers/catalogue'
import type { Environment } from './environment.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import { resolveText, unresolved } from './resolve-env.ts'

/** Where a key is valid and who signs for it, as its own `*_key_config` and the environment say. */
export type KeyAccount = {
  readonly url?: string
  /** False where the address comes from the environment. */
  readonly isUrlWritten?: boolean
  readonly place: Place
  /** An account that the file names; the machine's own is not among them. */
  readonly identity?: Identity
  readonly aliases: Readonly<Record<string, string>>
  /** The key's model where `models` is left out. */
  readonly model?: string
}

/** One `*_key_config`, read member by member: `env.NAME` replaced, an empty text as if it were not there. */
type Section = {
  readonly path: Path
  text(name: string): string | undefined
  list(name: string): readonly string[] | undefined
  map(name: string): Readonly<Record<string, string>>
  problem(name: string, message: string): void
}

/** How each `*_key_config` is read, and what it calls the address. */
export const keyConfigReaders: Readonly<
  Record<KeyConfigMember, { readonly url: string; read(section: Section): Partial<KeyAccount> }>
> = {
  azure_key_config: { url: 'endpoint', read: readEntraAccount },
  bedrock_key_config: { url: 'url', read: readAwsAccount },
  vertex_key_config: { url: 'url', read: readGoogleAccount },
  vllm_key_config: { url: 'url', read: readServer },
  ollama_key_config: { url: 'url', read: readServer },
  sgl_key_config: { url: 'url', read: readServer },
}
function readServer(section: Section): Partial<KeyAccount> {
  const [url, model] = [section.text('url'), section.text('model_name')]
  return { ...(url !== undefined && { url }), ...(model !== undefined && { model }) }
}

function readEntraAccount(section: Section): Partial<KeyAccount> {
  const [url, apiVersion] = [section.text('endpoint'), section.text('api_version')]
  const client = together(section, ['client_id', 'client_secret', 'tenant_id'])
  const scopes = section.list('scopes')
  const identity: Identity | undefined = client && {
    type: 'entra',
    client: {
      clientId: client['client_id'],
      clientSecret: new Secret(client['client_secret']),
      tenantId: client['tenant_id'],
    },
    ...(scopes !== undefined && { scopes }),
  }
  return {
    ...(url !== undefined && { url }),
    ...(apiVersion !== undefined && { place: { apiVersion } }),
    ...(identity !== undefined && { identity }),
    aliases: section.map('deployments'),
  }
}

function readAwsAccount(section: Section): Partial<KeyAccount> {
  const [region, sessionToken] = [section.text('region'), section.text('session_token')]
  const keys = together(section, ['access_key', 'secret_key'])
  const role = readRole(section)
  const identity: Identity = {
    type: 'aws',
    ...(keys !== undefined && {
      keys: {
        accessKeyId: keys['access_key'],
        secretAccessKey: new Secret(keys['secret_key']),
        ...(sessionToken !== undefined && { sessionToken: new Secret(sessionToken) }),
      },
    }),
    ...(role !== undefined && { role }),
  }
  const arn = section.text('arn')?.replace(/\/+$/, '')
  const deployments = Object.entries(section.map('deployments')).map(([model, id]) => {
    return [model, arn === undefined || id.startsWith('arn:') ? id : `${arn}/${id}`] as const
  })
  return {
    ...(region !== undefined && { place: { region } }),
    ...((keys !== undefined || role !== undefined) && { identity }),
    aliases: Object.fromEntries(deployments),
  }
}

function readRole(section: Section) {
  const arn = section.text('role_arn')
  const [externalId, sessionName] = [section.text('external_id'), section.text('session_name')]
  if (arn === undefined) {
    const orphan = externalId === undefined ? 'session_name' : 'external_id'
    if (externalId !== undefined || sessionName !== undefined)
      section.problem(orphan, 'belongs to role_arn, which is missing; write the role, or remove this.')
    return undefined
  }
  return {
    arn,
    ...(externalId !== undefined && { externalId }),
    ...(sessionName !== undefined && { sessionName }),
  }
}

function readGoogleAccount(section: Section): Partial<KeyAccount> {
  const [project, region] = [section.text('project_id'), section.text('region')]
  const credentials = section.text('auth_credentials')
  if (credentials !== undefined) checkCredentials(credentials, section)
  return {
    place: { ...(project !== undefined && { project }), ...(region !== undefined && { region }) },
    ...(credentials !== undefined && {
      identity: { type: 'google', credentials: new Secret(credentials) } as const,
    }),
    aliases: section.map('deployments'),
  }
}

/** The kinds of Google's credentials, and what each must hold. */
const credentialKinds: Readonly<Record<string, readonly string[]>> = {
  service_account: ['client_email', 'private_key'],
  authorized_user: ['client_id', 'client_secret', 'refresh_token'],
  external_account: ['audience', 'token_url', 'credential_source'],
}

/** Whether a text is the JSON of a credential that this gateway can use. Never shows it. */
export function isCredentialsJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    if (!isJsonObject(value) || typeof value['type'] !== 'string') return false
    return credentialKinds[value['type']]?.every((name) => Object.hasOwn(value, name)) ?? false
  } catch {
    return false
  }
}

function checkCredentials(text: string, section: Section): void {
  if (text === unresolved || isCredentialsJson(text)) return
  section.problem(
    'auth_credentials',
    `is not the JSON of a credential of the type ${Object.keys(credentialKinds).join(', ')}; write the text of the service account's file itself ({"type": "service_account", …}), not the name of the file.`,
  )
}

/** Members that only make sense together: all of them, none, or a problem naming the first that is missing. */
function together<Name extends string>(
  section: Section,
  names: readonly Name[],
): Readonly<Record<Name, string>> | undefined {
  const texts = names.map((name) => [name, section.text(name)] as const)
  const missing = texts.find(([, text]) => text === undefined)
  if (missing === undefined) return Object.fromEntries(texts) as Record<Name, string>
  if (texts.some(([, text]) => text !== undefined))
    section.problem(missing[0], `is missing; ${names.join(', ')} go together.`)
  return undefined
}

/** A section of the file, or an empty one. */
export function sectionOf(
  value: object,
  path: Path,
  { environment, findings }: { readonly environment: Environment; readonly findings: Findings },
): Section {
  const members = value as Readonly<Record<string, unknown>>
  const resolve = (text: unknown, at: Path): string | undefined => {
    if (typeof text !== 'string' || text.trim() === '') return undefined
    return resolveText(text.trim(), at, { environment, findings })
  }
  return {
    path,
    text: (name) => resolve(members[name], [...path, name]),
    list(name) {
      const items = members[name]
      if (!Array.isArray(items)) return undefined
      return items.flatMap((item, index) => resolve(item, [...path, name, index]) ?? [])
    },
    map(name) {
      const entries = Object.entries(members[name] ?? {})
      const texts = entries.map(([key, text]) => [key, resolve(text, [...path, name, key])] as const)
      return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== undefined))
    },
    problem: (name, message) => findings.problem([...path, name], message),
  }
}
