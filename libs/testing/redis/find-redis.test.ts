import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findRedis, type RedisProbes, redisImage } from './find-redis.ts'

/** A machine made of facts, which notes what it was asked. */
function machine(facts: {
  readonly programs?: readonly string[]
  readonly docker?: boolean
  readonly installs?: boolean
}) {
  const asked: string[] = []
  const probes: RedisProbes = {
    async find(program) {
      asked.push(program)
      return facts.programs?.includes(program) ? `/somewhere/${program}` : undefined
    },
    async dockerRuns(image) {
      asked.push(image)
      return facts.docker ?? false
    },
    async mayInstall() {
      asked.push('install')
      return facts.installs ?? false
    },
  }
  return { probes, asked }
}

describe('where the Redis of the tests comes from', () => {
  it('prefers redis-server on PATH and asks no further', async () => {
    const { probes, asked } = machine({ programs: ['redis-server', 'valkey-server'], docker: true })
    assert.deepEqual(await findRedis(probes), { kind: 'process', command: '/somewhere/redis-server' })
    assert.deepEqual(asked, ['redis-server'])
  })

  it('takes valkey-server next', async () => {
    const { probes } = machine({ programs: ['valkey-server'], docker: true })
    assert.deepEqual(await findRedis(probes), { kind: 'process', command: '/somewhere/valkey-server' })
  })

  it('then Docker, before it installs anything', async () => {
    const { probes, asked } = machine({ docker: true, installs: true })
    assert.deepEqual(await findRedis(probes), { kind: 'docker', image: redisImage })
    assert.equal(asked.includes('install'), false)
  })

  it('then installs where it may', async () => {
    assert.deepEqual(await findRedis(machine({ installs: true }).probes), { kind: 'install' })
  })

  it('else says exactly what to install', async () => {
    const source = await findRedis(machine({}).probes)
    assert.equal(source.kind, 'missing')
    assert.match(
      source.kind === 'missing' ? source.message : '',
      /apt-get install redis-server.*Docker.*redis:7/,
    )
  })
})
