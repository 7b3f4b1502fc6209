import { isJsonObject } from '#contract'
import type { Environment } from './environment.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import { referredVariable } from './resolve-env.ts'
import type { ProviderFile } from './schema.ts'
import { checkBaseUrl } from './url.ts'

type KeyFile = NonNullable<ProviderFile['keys']>[number]

type Context = { readonly environment: Environment; readonly findings: Findings }

/** A provider's file with the servers of its keys worked in. */
export type WithServers = {
  readonly file: ProviderFile
  /** Where the address stands, when a key gave it. */
  readonly addressPath: Path | undefined
}

/**
 * Works `keys[].vllm_key_config` in: its `url` is the provider's address where base_url is left out, its `model_name`
 * the key's model where models is. A provider has one address, so a second one is named in a warning. What cannot be
 * read is a warning too: files written for one server per key must still load.
 */
export function withVllmServers(
  options: Context & {
    readonly file: ProviderFile
    readonly path: Path
    /** False for any other provider: there these members mean nothing. */
    readonly isVllm: boolean
  },
): WithServers {
  const { file, findings, isVllm } = options
  const servers = (file.keys ?? []).map((key, index) => {
    const path = [...options.path, 'keys', index, 'vllm_key_config']
    if (isVllm) return readServer(key, path, options)
    if (key.vllm_key_config !== undefined)
      findings.warning(path, 'Not used: this provider is no vLLM server.')
    return {}
  })
  const keys = file.keys?.map((key, index) => {
    const model = servers[index]?.model
    return model === undefined || key.models !== undefined ? key : { ...key, models: [model] }
  })
  const written = file.network_config?.base_url
  const address = written ?? servers.find(({ url }) => url !== undefined)?.url?.text
  const first = servers.find(({ url }) => url?.text === address)
  for (const { url } of servers) {
    if (url === undefined || address === undefined || isSameAddress(url.text, address)) continue
    findings.warning(
      url.path,
      written === undefined ? anotherServer : 'Not used: network_config.base_url wins.',
    )
  }
  return {
    file: {
      ...file,
      ...(keys !== undefined && { keys }),
      ...(address !== undefined && { network_config: { ...file.network_config, base_url: address } }),
    },
    addressPath: written === undefined ? first?.url?.path : undefined,
  }
}

const anotherServer =
  'Not used: a provider has one address, and an earlier key gave another; write a second server as a custom provider with base_provider_type "vllm".'

function isSameAddress(one: string, other: string): boolean {
  const [left, right] = [checkBaseUrl(one), checkBaseUrl(other)]
  return one === other || (left.ok && right.ok && left.value === right.value)
}

type Server = { readonly url?: { readonly text: string; readonly path: Path }; readonly model?: string }

function readServer(key: KeyFile, path: Path, context: Context): Server {
  const config = key.vllm_key_config
  if (config === undefined || config === null) return {}
  if (!isJsonObject(config)) {
    context.findings.warning(path, 'Not used: must be an object with url and model_name.')
    return {}
  }
  const url = readText(config['url'], [...path, 'url'], context)
  const model = readText(config['model_name'], [...path, 'model_name'], context)
  return {
    ...(url !== undefined && { url: { text: url, path: [...path, 'url'] } }),
    ...(model !== undefined && { model }),
  }
}

/** A text, `env.NAME` replaced; `undefined` for none, with a warning where it cannot be had. */
function readText(value: unknown, path: Path, { environment, findings }: Context): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') {
    findings.warning(path, 'Not used: must be a string.')
    return undefined
  }
  const name = referredVariable(value)
  const text = name === undefined ? value : environment[name]
  if (text !== undefined && text !== '') return text
  findings.warning(path, 'Not used: the environment variable that it refers to is not set.')
  return undefined
}
