import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, repositoryRoot } from '#testing'
import { docker, type Ended, tryDocker } from './docker.ts'

export type Service = 'redis' | 'api' | 'worker' | 'nginx' | 'simulated'

/** The compose stack of a fresh clone, under a name, an image and a port of its own. */
export type Stack = {
  /** Of the proxy, as a client sees it. */
  readonly url: string
  readonly image: string
  /** `docker compose …`, whatever its end. */
  compose(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Ids of a service's running containers, in the order of their numbers. */
  containers(service: Service): Promise<readonly string[]>
  /** Takes everything down, volumes and the clone's copy included. */
  remove(): Promise<void>
}

const files = ['-f', 'docker-compose.yml']
const simulatedFiles = [...files, '-f', 'deploy/compose.simulated.yml']

/** Copies what git knows, so that no `.env`, no config.json and no `node_modules` of this directory has a part in it. */
export async function createStack(options: { readonly simulated: boolean }): Promise<Stack> {
  const directory = mkdtempSync(join(tmpdir(), 'bifrost-compose-'))
  const name = `bifrost-check-${process.pid}`
  const image = `${name}-image`
  for (const path of filesOfTheClone()) cpSync(join(repositoryRoot, path), join(directory, path))
  const port = String(await freePort())
  const project = ['compose', '-p', name, ...(options.simulated ? simulatedFiles : files)]

  const compose: Stack['compose'] = (args, env = {}) =>
    tryDocker([...project, ...args], {
      cwd: directory,
      env: { BIFROST_PORT: port, BIFROST_IMAGE: image, ...env },
    })
  return {
    url: `http://127.0.0.1:${port}`,
    image,
    compose,
    async containers(service) {
      const wanted = [`project=${name}`, `service=${service}`]
      const labels = wanted.flatMap((label) => ['--filter', `label=com.docker.compose.${label}`])
      const format = '{{.Label "com.docker.compose.container-number"}} {{.ID}}'
      const lines = (await docker(['ps', ...labels, '--format', format])).split('\n').filter(Boolean)
      return lines.sort().map((line) => line.split(' ')[1] ?? '')
    },
    async remove() {
      await compose(['down', '--volumes', '--remove-orphans', '--timeout', '45'])
      await tryDocker(['image', 'rm', '--force', image])
      // Both services build the image, and the one that was tagged first is left without a name.
      await tryDocker(['image', 'prune', '--force', '--filter', `label=com.docker.compose.project=${name}`])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function filesOfTheClone(): readonly string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  })
  return list.split('\0').filter(Boolean)
}
