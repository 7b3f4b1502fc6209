/** What docker-compose.yml must not forget; `node deploy/check-compose.ts` proves the stack itself. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { registered } from '#providers/catalogue'
import { repositoryRoot } from '#testing'

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8')

test('hands the variables of every provider to the containers, empty where it is not set', () => {
  const variables = [...registered.values()]
    .flatMap((facts) => [
      facts.environmentVariable ?? [],
      // Of several names for one thing the first is enough.
      Object.values(facts.variables ?? {}).flatMap(([first]) => first ?? []),
    ])
    .flat()
  const lines = new Set(
    read('docker-compose.yml')
      .split('\n')
      .map((line) => line.trim()),
  )
  assert.ok(variables.length >= 20, `only ${variables.length} variables are known`)
  assert.deepEqual(
    variables.filter((name) => !lines.has(`${name}: \${${name}:-}`)),
    [],
  )
})

test('the simulated providers are where the configuration of the simulated stack says', () => {
  const { providers } = JSON.parse(read('deploy/simulated/config.json'))
  const addresses = Object.values<{ network_config: { base_url: string } }>(providers).map(
    (provider) => new URL(provider.network_config.base_url),
  )
  const compose = read('deploy/compose.simulated.yml')
  assert.deepEqual(Object.keys(providers), ['openai', 'anthropic'])
  for (const { hostname, port } of addresses) {
    assert.match(compose, new RegExp(`^  ${hostname}:$`, 'm'))
    assert.match(compose, new RegExp(`-port, "${port}"`))
  }
})
