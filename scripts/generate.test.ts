import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { generateAll, outOfDate } from './generate.ts'

describe('generated files', () => {
  test('are what "npm run gen" would write', async () => {
    const stale = await outOfDate()
    assert.deepEqual(
      stale.map(({ path }) => path),
      [],
    )
    const all = await generateAll()
    assert.deepEqual(
      all.map(({ path }) => path),
      [
        'docs/config.schema.json',
        'libs/config/schema.json',
        'libs/providers/model-names.ts',
        'docs/grid.md',
        'docs/metrics.md',
      ],
    )
  })

  test('the schema describes every setting and its default', () => {
    const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../docs/config.schema.json'), 'utf8'))
    const provider = schema.properties.providers.patternProperties['^.*$'].properties
    assert.equal(provider.network_config.properties.default_request_timeout_in_seconds.default, 600)
    assert.equal(provider.network_config.properties.max_retries.default, 2)
    assert.equal(provider.concurrency_and_buffer_size.properties.buffer_size.default, 5000)
    const undescribed = Object.entries<{ description?: string }>({
      ...provider.network_config.properties,
      ...schema.properties.server.properties,
    })
      .filter(([, setting]) => setting.description === undefined)
      .map(([name]) => name)
    assert.deepEqual(undescribed, [])
  })
})
