import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  freePort,
  repositoryRoot,
  simulatedConfig,
  startProcess,
  startSimulatedProviders,
  until,
} from '#testing'

const launcher = join(repositoryRoot, 'bin', 'bifrost-http.js')

/** The machine's own Node, outside the project's node_modules; it may be far older than the pinned one. */
function machineNode(): string | undefined {
  const paths = (process.env['PATH'] ?? '').split(':').filter((path) => !path.includes('node_modules'))
  const found = spawnSync('node', ['-p', 'process.execPath'], {
    env: { PATH: paths.join(':') },
    encoding: 'utf8',
  })
  return found.status === 0 ? found.stdout.trim() : undefined
}

test('the launcher runs the gateway on the pinned Node, passes signals on and ends as it ends', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bifrost-launcher-'))
  t.after(() => rm(directory, { recursive: true }))
  await using providers = await startSimulatedProviders()
  const config = join(directory, 'config.json')
  await writeFile(config, JSON.stringify(simulatedConfig(providers.url)))
  const port = await freePort()
  const node = machineNode() ?? process.execPath
  t.diagnostic(`launched by ${node}`)
  const child = spawn(node, [launcher, '-config', config, '-host', '127.0.0.1', '-port', String(port)], {
    cwd: directory,
    env: { PATH: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await until(async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status === 200)
  assert.match(output, new RegExp(`"node":"${process.version}"`))
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
  assert.match(output, /"msg":"stopped"/)
})

test('a failed start is the launcher’s own exit code', async () => {
  await using failed = await startProcess({ args: [launcher, '-port', 'http'] })
  assert.deepEqual(await failed.exited, { code: 1, signal: null })
  assert.match(failed.stderr.join('\n'), /-port/)
})
