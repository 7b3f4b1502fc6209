import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { atExit } from '../cleanup.ts'
import { type RedisLauncher, type RedisSettings, redisArguments } from './launcher.ts'

const run = promisify(execFile)

/** Runs Redis in a container that publishes `settings.port` on 127.0.0.1. */
export function createRedisContainer(image: string, settings: RedisSettings): RedisLauncher {
  const name = `bifrost-redis-${randomUUID()}`
  let created = false
  const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim()
  const forget = atExit(() => {
    if (created) spawnSync('docker', ['rm', '--force', '--volumes', name], { stdio: 'ignore' })
  })

  async function state(): Promise<string> {
    return docker('inspect', '--format', '{{.State.Status}}', name)
  }

  async function end(verb: 'stop' | 'kill'): Promise<void> {
    const now = await state()
    if (now === 'paused') await docker('unpause', name)
    if (now === 'running' || now === 'paused') await docker(verb, name)
  }

  return {
    async start() {
      if (created) {
        await docker('start', name)
        return
      }
      created = true
      const publish = ['--publish', `127.0.0.1:${settings.port}:6379`]
      const command = ['redis-server', '--bind', '0.0.0.0', '--protected-mode', 'no']
      await docker(
        'run',
        '--detach',
        '--name',
        name,
        ...publish,
        image,
        ...command,
        ...redisArguments(settings),
      )
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    freeze: async () => void (await docker('pause', name)),
    thaw: async () => void (await docker('unpause', name)),
    async exited() {
      return (await state()) === 'running' ? undefined : docker('logs', '--tail', '20', name)
    },
    async remove() {
      forget()
      if (!created) return
      created = false
      await docker('rm', '--force', '--volumes', name)
    },
  }
}
