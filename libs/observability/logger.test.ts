import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#contract'
import { createLogger } from './logger.ts'
import type { LogLevel } from './types.ts'

function capture(level: LogLevel) {
  const lines: string[] = []
  const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } })
  return { logger, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

test('a line is JSON with level, time, fields and message', () => {
  const { logger, parsed } = capture('info')
  logger.child({ requestId: 'r1' }).info({ status: 200 }, 'request')
  const [line] = parsed()
  assert.equal(line?.['level'], 'info')
  assert.equal(line?.['requestId'], 'r1')
  assert.equal(line?.['status'], 200)
  assert.equal(line?.['msg'], 'request')
  assert.equal(Number.isNaN(Date.parse(String(line?.['time']))), false)
})

test('lines below the level are not written', () => {
  const { logger, lines } = capture('warn')
  logger.debug({}, 'a')
  logger.info({}, 'b')
  logger.warn({}, 'c')
  logger.error({}, 'd')
  assert.equal(lines.length, 2)
})

test('credentials are masked by name wherever they stand, in children too', () => {
  const { logger, lines } = capture('debug')
  const headers = {
    Authorization: 'Bearer CANARY',
    'x-api-key': 'CANARY',
    'api-key': 'CANARY',
    'x-goog-api-key': 'CANARY',
    cookie: 'CANARY',
    'set-cookie': ['CANARY'],
    accept: 'text/plain',
  }
  logger.info({ request: { headers }, list: [{ headers }] }, 'request')
  logger.child({ headers, key: new Secret('CANARY') }).error({ ...headers }, 'child')
  assert.equal(lines.length, 2)
  assert.equal(lines.join('').includes('CANARY'), false)
  assert.equal(lines.join('').split('text/plain').length - 1, 4)
  assert.equal(headers.Authorization, 'Bearer CANARY', 'the given object is left alone')
})

test('an error in any field is serialized by the allow-list; bytes and depth are not printed', () => {
  const { logger, parsed, lines } = capture('info')
  const error = Object.assign(new Error('failed'), { code: 'E1', command: { args: ['CANARY'] } })
  logger.error({ error, nested: { reason: error } }, 'failed')
  logger.error(error, 'bare')
  logger.info({ body: Buffer.from('CANARY'), a: { b: { c: { d: { e: { f: 'CANARY' } } } } } }, 'deep')
  const serialized = { type: 'Error', code: 'E1', message: 'failed' }
  assert.deepEqual(parsed()[0]?.['error'], serialized)
  assert.deepEqual(parsed()[0]?.['nested'], { reason: serialized })
  assert.deepEqual(parsed()[1]?.['error'], serialized)
  assert.equal(parsed()[2]?.['body'], '[6 bytes]')
  assert.equal(lines.join('').includes('CANARY'), false)
})

test('stacks are printed at level debug only', () => {
  const error = new Error('failed')
  const debug = capture('debug')
  debug.logger.error({ error }, 'x')
  assert.match(debug.lines[0] ?? '', /"stack":"\s+at /)
  const info = capture('info')
  info.logger.error({ error }, 'x')
  assert.equal((info.lines[0] ?? '').includes('stack'), false)
})

test('control characters cannot forge a line', () => {
  const { logger, lines } = capture('info')
  logger.info({ model: 'a\n{"level":"error"}\u001b[31m' }, 'request')
  assert.equal(lines.length, 1)
  assert.equal((lines[0] ?? '').trimEnd().includes('\n'), false)
  assert.equal((lines[0] ?? '').includes('\u001b'), false)
})
