/** The packed tarball: what is in it, and that an installed one starts and answers on any Node that may launch it. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { repositoryRoot, simulatedConfig, startSimulatedProviders, until } from '#testing'

const execute = promisify(execFile)

/** Variables that `npm run` sets for its own script only, and that would lead another npm astray. */
const ofNpmRun = /^npm_(?:lifecycle_|package_|command$|execpath$|node_execpath$|config_(?:local_)?prefix$)/

function npm(args: readonly string[], cwd: string): Promise<{ readonly stdout: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofNpmRun.test(name)))
  return execute('npm', [...args], { cwd, env, maxBuffer: 16 * 1024 * 1024 })
}

/** The Node that runs this test, and the machine's own, which may be older than the one that the product needs. */
function launchers(): readonly string[] {
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((path) => !path.includes('node_modules'))
  const own = folders.map((folder) => join(folder, 'node')).find((path) => existsSync(path))
  return own === undefined ? [process.execPath] : [process.execPath, own]
}

describe('the packed tarball', () => {
  let directory: string
  let project: string
  let installed: string

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bifrost-pack-'))
    project = join(directory, 'project')
    installed = join(project, 'node_modules', 'bifrost')
    await npm(['pack', '--pack-destination', directory], repositoryRoot)
    const [tarball = assert.fail('npm pack wrote no tarball')] = globSync('*.tgz', { cwd: directory })
    await mkdir(project)
    await writeFile(join(project, 'package.json'), '{"private":true}')
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline']
    await npm(['install', '--omit=dev', ...quiet, join('..', tarball)], project)
  })
  after(() => rm(directory, { recursive: true, force: true }))

  test('holds the product as JavaScript, its scripts for Redis and its schema, and nothing of the tests', () => {
    const files = globSync('**/*.*', { cwd: installed, exclude: (path) => path === 'node_modules' })
    const has = (pattern: RegExp) => files.filter((path) => pattern.test(path))
    assert.ok(has(/^dist\/apps\/(?:api|worker|standalone)\/main\.js$/).length === 3, files.join('\n'))
    const scripts = globSync('libs/**/*.lua', { cwd: repositoryRoot })
    assert.ok(scripts.length > 0)
    assert.deepEqual(has(/\.lua$/).toSorted(), scripts.map((path) => join('dist', path)).toSorted())
    assert.ok(files.includes('docs/config.schema.json'))
    assert.deepEqual(has(/\.ts$|\.test\.|\.suite\.|(?:^|\/)(?:testing|fixtures)\//), [])
  })

  for (const node of launchers()) {
    test(`answers when it is launched by ${node}`, async (context) => {
      const { stdout: version } = await execute(node, ['--version'])
      context.diagnostic(`Node ${version.trim()}`)
      await using providers = await startSimulatedProviders()
      await writeFile(join(project, 'config.json'), JSON.stringify(simulatedConfig(providers.url)))
      const launcher = join(project, 'node_modules', '.bin', 'bifrost-http')
      const flags = ['-config', 'config.json', '-host', '127.0.0.1', '-port', '0']
      const child = spawn(node, [launcher, ...flags], {
        cwd: project,
        stdio: ['ignore', 'pipe', 'inherit'],
        // A process group of its own, so that the gateway goes with its launcher.
        detached: true,
      })
      const exited = once(child, 'exit')
      try {
        let output = ''
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          output += text
        })
        const url = await until(
          () => {
            assert.equal(child.exitCode, null, output)
            return /"url":"(http:[^"]+)"/.exec(output)?.[1]
          },
          { timeoutMs: 20_000, what: 'the line that says where it listens' },
        )
        assert.equal((await fetch(`${url}/health`)).status, 200)
        assert.equal(await answer(url), 'You said: packed')
        child.kill('SIGTERM')
        assert.deepEqual(await exited, [0, null])
      } finally {
        if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL')
      }
    })
  }
})

async function answer(url: string): Promise<string> {
  const response = await fetch(`${url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'packed' }] }),
  })
  const body = (await response.json()) as {
    readonly choices?: readonly [{ readonly message: { readonly content: string } }]
  }
  return body.choices?.[0].message.content ?? JSON.stringify(body)
}
