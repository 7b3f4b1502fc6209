/**
 * Proves the compose stack with a real Docker engine: `node deploy/check-compose.ts`. Prints every step; exits 1 when
 * one fails. Builds the image from a copy of the clone under names and on a port of its own, and takes everything down
 * at the end. Needs Docker with `docker compose`, git, and a registry (or local images) for the base images.
 */
import assert from 'node:assert/strict'
import { until } from '#testing'
import { docker, tryDocker } from './check/docker.ts'
import { answeredBy, callsClosedByClient, healthy } from './check/inspect.ts'
import { ask, asks, askWithBytes, firstBytesOfSilentStream } from './check/requests.ts'
import { createStack, type Service, type Stack } from './check/stack.ts'

const mebibyte = 1024 * 1024
const say = (text: string) => process.stdout.write(`${text}\n`)

async function step(title: string, work: () => Promise<string | undefined>): Promise<void> {
  const startedAt = performance.now()
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
  try {
    const result = await work()
    say(`ok   ${title} (${seconds()})${result === undefined ? '' : `: ${result}`}`)
  } catch (error) {
    say(`FAIL ${title} (${seconds()})`)
    throw error
  }
}

/** Without a key it ends and says what to set; with one variable it is healthy without a file. */
async function checkFreshClone(stack: Stack): Promise<void> {
  await step('without a key, `up` ends and the log says what to set', async () => {
    const { code } = await stack.compose(['up', '--build', '--wait', '--wait-timeout', '300'])
    assert.notEqual(code, 0)
    const { stdout } = await stack.compose(['logs', '--no-color', 'api'])
    assert.match(stdout, /set OPENAI_API_KEY or ANTHROPIC_API_KEY in the environment/)
    return stdout
      .split('\n')
      .find((line) => line.includes('OPENAI_API_KEY'))
      ?.slice(0, 140)
  })
  await stack.compose(['down', '--volumes'])
  await step('with one key and another one empty, it is healthy without a config file', async () => {
    await up(stack, { OPENAI_API_KEY: 'sk-not-used', ANTHROPIC_API_KEY: '' })
    assert.equal((await fetch(`${stack.url}/ready`)).status, 200)
    return 'GET /ready through the proxy: 200'
  })
  await stack.compose(['down', '--volumes'])
}

async function up(stack: Stack, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { code, stderr } = await stack.compose(['up', '--build', '--wait', '--wait-timeout', '300'], env)
  if (code === 0) return
  const { stdout } = await stack.compose(['logs', '--no-color', '--tail', '20'])
  throw new Error(`docker compose up ended with ${code}:\n${stderr.slice(-2_000)}\n${stdout}`)
}

/** Replicas, users, file systems, and how Redis keeps what it is given. */
async function checkContainers(stack: Stack): Promise<void> {
  await step('two api and two worker containers, not root, read-only', async () => {
    for (const service of ['api', 'worker'] as const) {
      const ids = await stack.containers(service)
      assert.equal(ids.length, 2, `${service}: ${ids.length} containers`)
      for (const id of ids) await checkHardening(id)
    }
    const [nginx = ''] = await stack.containers('nginx')
    assert.notEqual(await docker(['exec', nginx, 'id', '-u']), '0')
    return undefined
  })
  await step('redis appends every second and never evicts', async () => {
    const [redis = ''] = await stack.containers('redis')
    for (const [name, value] of [
      ['appendonly', 'yes'],
      ['appendfsync', 'everysec'],
      ['maxmemory-policy', 'noeviction'],
    ] as const) {
      const answer = await docker(['exec', redis, 'redis-cli', 'config', 'get', name])
      assert.equal(answer.split('\n')[1], value, name)
    }
    return undefined
  })
}

async function checkHardening(id: string): Promise<void> {
  assert.equal(await docker(['exec', id, 'id', '-u']), '1000')
  const { code } = await tryDocker(['exec', id, '/bin/sh', '-c', 'touch /app/written'])
  assert.notEqual(code, 0, 'the file system can be written')
  const format = '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}'
  assert.equal(await docker(['inspect', '--format', format, id]), 'true [ALL] [no-new-privileges:true]')
}

async function checkAnswers(stack: Stack): Promise<void> {
  for (const wanted of asks) {
    await step(`${wanted.title}, unary and streamed`, async () => {
      await ask(stack.url, wanted, false)
      await ask(stack.url, wanted, true)
      return undefined
    })
  }
  await step('both api containers answer', async () => {
    const counts = await askUntilAll(stack, 'api')
    return `requests answered by each, from its own /metrics: ${counts.join(' and ')}`
  })
  await step('both worker containers take jobs', async () => {
    const counts = await askUntilAll(stack, 'worker')
    return `calls to providers by each, from its own /metrics: ${counts.join(' and ')}`
  })
  await step(
    'a stream is passed on as it comes, and its end by the client reaches the provider',
    async () => {
      const bytes = await firstBytesOfSilentStream(stack.url)
      assert.match(bytes, /^data: /)
      const closed = await until(() => callsClosedByClient(stack), {
        what: 'the provider to see the client go',
      })
      return `first bytes of a stream that never ends arrived; calls that the client ended: ${closed}`
    },
  )
  await step('3 MB pass, 30 MB are refused in the shape of the SDK', async () => {
    assert.equal((await askWithBytes(stack.url, 3 * mebibyte)).status, 200)
    const { status, code } = await askWithBytes(stack.url, 30 * mebibyte)
    assert.equal(status, 413)
    return `413 ${code}`
  })
}

/** Asks in handfuls until every container of the service has had its part; returns their counts. */
async function askUntilAll(stack: Stack, service: 'api' | 'worker'): Promise<readonly number[]> {
  const counts = async () =>
    Promise.all((await stack.containers(service)).map((id) => answeredBy(id, service)))
  return until(
    async () => {
      await Promise.all(
        asks.flatMap((wanted) => [ask(stack.url, wanted, false), ask(stack.url, wanted, true)]),
      )
      const now = await counts()
      return now.every((count) => count > 0) && now
    },
    { timeoutMs: 30_000, what: `every ${service} container to have had a request` },
  )
}

/** Half of the containers gone: no request fails. All of one tier gone: a clear answer. Back again: as before. */
async function checkStopped(stack: Stack): Promise<void> {
  const one: string[] = []
  await step('with one api and one worker container stopped, every request is answered', async () => {
    for (const service of ['api', 'worker'] as const) one.push((await stack.containers(service))[0] ?? '')
    await docker(['stop', ...one])
    for (let round = 0; round < 5; round++) {
      for (const wanted of asks) {
        await ask(stack.url, wanted, false)
        await ask(stack.url, wanted, true)
      }
    }
    return `${5 * 2 * asks.length} requests right after \`docker stop\``
  })
  await step('both are healthy and answer after their return', async () => {
    await docker(['start', ...one])
    await healthy(one)
    const counts = await askUntilAll(stack, 'api')
    return `answered by each: ${counts.join(' and ')}`
  })
  await step('with no api container, an error in the shape of the SDK', async () => {
    const apis = await stack.containers('api')
    await docker(['stop', ...apis])
    const openai = await fetch(`${stack.url}/openai/v1/models`)
    const anthropic = await fetch(`${stack.url}/anthropic/v1/messages`, { method: 'POST', body: '{}' })
    for (const { status } of [openai, anthropic]) assert.ok([502, 504].includes(status), `status ${status}`)
    assert.equal(openai.headers.get('retry-after'), '1')
    assert.match(await openai.text(), /^\{"error":\{.*"code":"api_unavailable"/)
    assert.match(await anthropic.text(), /^\{"type":"error","error":\{"type":"api_error"/)
    await docker(['start', ...apis])
    await healthy(apis)
    await ask(stack.url, asks[0] ?? assert.fail('nothing to ask'), false)
    return `${openai.status}, and 200 again after their return`
  })
}

/** `docker run` of the image alone: one process, API and worker. */
async function checkImage(stack: Stack): Promise<void> {
  await step('the image alone: healthy, ends with 0 on SIGTERM', async () => {
    const hardened = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']
    const id = await docker(['run', '-d', ...hardened, '-e', 'OPENAI_API_KEY=sk-not-used', stack.image])
    try {
      await healthy([id])
      await docker(['stop', '--time', '45', id])
      assert.equal(await docker(['inspect', '--format', '{{.State.ExitCode}}', id]), '0')
    } finally {
      await docker(['rm', '--force', id])
    }
    return undefined
  })
  await step('the image alone without a key: exit 1 and what to set', async () => {
    const { code, stderr } = await tryDocker(['run', '--rm', stack.image])
    assert.equal(code, 1)
    assert.match(stderr, /OPENAI_API_KEY/)
    return undefined
  })
}

async function main(): Promise<void> {
  const services: readonly Service[] = ['redis', 'api', 'worker', 'nginx', 'simulated']
  const plain = await createStack({ simulated: false })
  try {
    await checkFreshClone(plain)
  } finally {
    await plain.remove()
  }
  const stack = await createStack({ simulated: true })
  try {
    await step(`with simulated providers, all is healthy: ${services.join(', ')}`, async () => {
      await up(stack)
      return stack.url
    })
    await checkContainers(stack)
    await checkAnswers(stack)
    await checkStopped(stack)
    await checkImage(stack)
  } finally {
    await stack.remove()
  }
  say('The compose stack holds.')
}

await main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.exitCode = 1
})
