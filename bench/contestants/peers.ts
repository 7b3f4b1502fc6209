import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../libs/testing/index.ts'
import { type ChildOptions, startChild } from '../children.ts'
import type { Door } from '../load/shots.ts'
import { models } from '../upstream/models.ts'
import { ensureLitellm, ensurePortkey } from './install.ts'
import type { Contestant, peerIds, Upstream } from './types.ts'

type Peer = {
  readonly id: (typeof peerIds)[number]
  readonly child: Pick<ChildOptions, 'command' | 'args' | 'env'>
  readonly readyPath: string
  readonly door: Omit<Door, 'url'>
}

const key = 'sk-bench'
const authorization = `Bearer ${key}`

/** Portkey: the provider and its address come with each request. */
export async function startPortkey(upstream: Upstream): Promise<Contestant> {
  const server = ensurePortkey()
  const to = (provider: string) => ({
    authorization,
    'x-portkey-provider': provider,
    'x-portkey-custom-host': `${upstream.url}/v1`,
  })
  return startPeer(async (port) => ({
    id: 'portkey',
    child: {
      command: process.execPath,
      args: [server, '--headless', `--port=${port}`],
      env: { NODE_ENV: 'production' },
    },
    readyPath: '/',
    door: {
      path: '/v1/chat/completions',
      headers: { native: to('openai'), crossing: to('anthropic') },
      crossingPrefix: '',
    },
  }))
}

/** LiteLLM's proxy with two workers, one a core of the machine that the figures were set on. */
export async function startLitellm(upstream: Upstream): Promise<Contestant> {
  const program = ensureLitellm()
  const model = (name: string, provider: string, base: string) => ({
    model_name: name,
    litellm_params: { model: `${provider}/${name}`, api_base: base, api_key: key },
  })
  const config = {
    model_list: [
      model(models.chat, 'openai', `${upstream.url}/v1`),
      model(models.paced, 'openai', `${upstream.url}/v1`),
      model(models.messages, 'anthropic', upstream.url),
    ],
    general_settings: { master_key: key },
  }
  return startPeer(async (port, directory) => {
    // JSON is YAML.
    const configPath = join(directory, 'config.yaml')
    await writeFile(configPath, JSON.stringify(config))
    const flags = [
      '--config',
      configPath,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--num_workers',
      '2',
    ]
    return {
      id: 'litellm',
      child: {
        command: program,
        args: [...flags, '--telemetry', 'False'],
        // Its table of prices comes from the network unless told otherwise.
        env: { LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR' },
      },
      readyPath: '/health/liveliness',
      door: {
        path: '/v1/chat/completions',
        headers: { native: { authorization }, crossing: { authorization } },
        crossingPrefix: '',
      },
    }
  })
}

/** Bifrost, where `BIFROST_BIN` points at its `bifrost-http`: configured by file, no store of configs or logs. */
export async function startBifrost(upstream: Upstream): Promise<Contestant> {
  const command = process.env['BIFROST_BIN'] ?? ''
  const provider = {
    keys: [{ name: 'bench', value: key, models: [], weight: 1 }],
    network_config: { base_url: upstream.url },
    concurrency_and_buffer_size: { concurrency: 1_000, buffer_size: 5_000 },
  }
  const config = {
    client: { drop_excess_requests: false, enable_logging: false },
    providers: { openai: provider, anthropic: provider },
    config_store: { enabled: false },
    logs_store: { enabled: false },
  }
  return startPeer(async (port, directory) => {
    await writeFile(join(directory, 'config.json'), JSON.stringify(config))
    const flags = ['-app-dir', directory, '-host', '127.0.0.1', '-port', String(port), '-log-level', 'error']
    return {
      id: 'bifrost',
      child: { command, args: flags },
      readyPath: '/health',
      door: {
        path: '/openai/v1/chat/completions',
        headers: { native: { authorization }, crossing: { authorization } },
        crossingPrefix: 'anthropic/',
      },
    }
  })
}

async function startPeer(describe: (port: number, directory: string) => Promise<Peer>): Promise<Contestant> {
  const directory = await mkdtemp(join(tmpdir(), 'bifrost-bench-peer-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  try {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const { id, child, readyPath, door } = await describe(port, directory)
    const ready = new URL(readyPath, url)
    const started = await startChild({ ...child, cwd: directory, ready, timeoutMs: 300_000 })
    return {
      id,
      door: { ...door, url },
      processes: { [id]: started.pid },
      readyMs: started.readyMs,
      async close() {
        await started.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}
