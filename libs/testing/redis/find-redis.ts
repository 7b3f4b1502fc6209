import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** The image that Docker runs; its major is the one that Debian ships. */
export const redisImage = 'redis:7'

/** Where a Redis for tests comes from, best first. */
export type RedisSource =
  | { readonly kind: 'process'; readonly command: string }
  | { readonly kind: 'docker'; readonly image: string }
  | { readonly kind: 'install' }
  | { readonly kind: 'missing'; readonly message: string }

/** What the decision asks of the machine; asked in order, and only as far as needed. */
export type RedisProbes = {
  /** Absolute path of a program on PATH. */
  find(program: string): Promise<string | undefined>
  /** Whether a Docker engine answers and has the image, or can get it. */
  dockerRuns(image: string): Promise<boolean>
  /** Debian or a child of it, with apt-get, as root. */
  mayInstall(): Promise<boolean>
}

/** PATH, else Docker, else an installation, else the message that says what to install. */
export async function findRedis(probes: RedisProbes): Promise<RedisSource> {
  for (const program of ['redis-server', 'valkey-server']) {
    const command = await probes.find(program)
    if (command !== undefined) return { kind: 'process', command }
  }
  if (await probes.dockerRuns(redisImage)) return { kind: 'docker', image: redisImage }
  if (await probes.mayInstall()) return { kind: 'install' }
  return {
    kind: 'missing',
    message:
      'The tests need a real Redis and found none. Install one of: ' +
      '"apt-get install redis-server" (Debian, Ubuntu; as root the tests do it themselves), ' +
      '"brew install redis" (macOS), a valkey-server on PATH, ' +
      `or a running Docker engine that can pull ${redisImage}.`,
  }
}

const run = promisify(execFile)

/** Whether a program ends with 0. */
async function succeeds(program: string, args: readonly string[], timeoutMs: number): Promise<boolean> {
  try {
    await run(program, args, { timeout: timeoutMs })
    return true
  } catch {
    return false
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Asks this machine. */
export const machineProbes: RedisProbes = {
  async find(program) {
    for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(directory, program)
      if (directory !== '' && (await isExecutable(path))) return path
    }
    return undefined
  },
  async dockerRuns(image) {
    if (!(await succeeds('docker', ['version', '--format', '{{.Server.Version}}'], 10_000))) return false
    if (await succeeds('docker', ['image', 'inspect', image], 10_000)) return true
    return succeeds('docker', ['pull', '--quiet', image], 180_000)
  },
  async mayInstall() {
    if (process.getuid?.() !== 0) return false
    if (!(await isExecutable('/usr/bin/apt-get'))) return false
    return access('/etc/debian_version').then(
      () => true,
      () => false,
    )
  },
}

/** Installs redis-server with apt-get. Rejects with apt's own words. */
export async function installRedis(): Promise<void> {
  // RUNLEVEL keeps the package from starting a server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  // Two test runs may want the lock at once.
  const lock = ['-o', 'DPkg::Lock::Timeout=120']
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'redis-server']]) {
    try {
      await run('apt-get', [...lock, ...args], { env, maxBuffer: 64 * 1024 * 1024 })
    } catch (error) {
      const { stderr } = error as { readonly stderr?: string }
      throw new Error(
        `"apt-get ${args.join(' ')}" failed: ${stderr?.trim() ?? String(error)}. Install redis-server by hand.`,
        { cause: error },
      )
    }
  }
}

let found: Promise<Extract<RedisSource, { kind: 'process' | 'docker' }>> | undefined

/** The Redis of this machine, installed if need be; looked for once a process. Rejects saying what to install. */
export function ensureRedis(): Promise<Extract<RedisSource, { kind: 'process' | 'docker' }>> {
  found ??= ensure()
  return found
}

async function ensure(): Promise<Extract<RedisSource, { kind: 'process' | 'docker' }>> {
  let source = await findRedis(machineProbes)
  if (source.kind === 'install') {
    await installRedis()
    source = await findRedis(machineProbes)
  }
  if (source.kind === 'process' || source.kind === 'docker') return source
  throw new Error(
    source.kind === 'missing' ? source.message : 'apt-get installed redis-server, yet there is none on PATH.',
  )
}
