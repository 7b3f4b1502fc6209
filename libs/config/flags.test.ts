import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errorOf } from './helpers.suite.ts'
import { parseFlags, readEnvironment, usage } from './index.ts'

describe('flags', () => {
  test('have defaults', () => {
    assert.deepEqual(parseFlags([], {}), {
      config: undefined,
      host: '0.0.0.0',
      port: 8080,
      metricsPort: 9100,
      logLevel: 'info',
      processes: 1,
      help: false,
    })
    assert.equal(parseFlags([], {}, { host: '127.0.0.1' }).host, '127.0.0.1')
  })

  const expected = {
    config: 'a.json',
    host: '::1',
    port: 0,
    metricsPort: 1,
    logLevel: 'debug',
    processes: 2,
    help: false,
  }
  const forms: readonly (readonly string[])[] = [
    [
      '-config',
      'a.json',
      '-host',
      '::1',
      '-port',
      '0',
      '-metrics-port',
      '1',
      '-log-level',
      'debug',
      '-processes',
      '2',
    ],
    [
      '--config',
      'a.json',
      '--host',
      '::1',
      '--port',
      '0',
      '--metrics-port',
      '1',
      '--log-level',
      'debug',
      '--processes',
      '2',
    ],
    ['-config=a.json', '--host=::1', '-port=0', '--metrics-port=1', '-log-level=DEBUG', '-processes=2'],
  ]
  for (const args of forms) {
    test(args.join(' '), () => assert.deepEqual(parseFlags(args, {}), expected))
  }

  test('the environment gives host and log level, the flag wins', () => {
    const environment = { BIFROST_HOST: '10.0.0.1', BIFROST_LOG_LEVEL: 'warn', LOG_LEVEL: 'error' }
    assert.deepEqual(
      [parseFlags([], environment).host, parseFlags([], environment).logLevel],
      ['10.0.0.1', 'warn'],
    )
    assert.equal(parseFlags([], { LOG_LEVEL: 'WARNING', BIFROST_LOG_LEVEL: '' }).logLevel, 'warn')
    const flags = parseFlags(['-host', '::', '-log-level', 'fatal'], environment)
    assert.deepEqual([flags.host, flags.logLevel], ['::', 'fatal'])
  })

  test('the environment gives the number of processes, the flag wins', () => {
    assert.equal(parseFlags([], { BIFROST_PROCESSES: 'AUTO' }).processes, 'auto')
    assert.equal(parseFlags(['-processes', '3'], { BIFROST_PROCESSES: 'auto' }).processes, 3)
    assert.equal(parseFlags([], { BIFROST_PROCESSES: '' }).processes, 1)
  })

  const wrong: readonly (readonly [readonly string[], Readonly<Record<string, string>>, string, RegExp])[] = [
    [['-prot', '1'], {}, '-prot', /did you mean -port\?/],
    [['-xyzzy'], {}, '-xyzzy', /the flags are -config, .*-port/],
    [['serve'], {}, 'an argument', /is not a flag/],
    [['-port'], {}, '-port', /needs a value/],
    [['-port='], {}, '-port', /needs a value/],
    [['-port', '65536'], {}, '-port', /0 to 65535/],
    [['-port', '80x'], {}, '-port', /0 to 65535/],
    [['-metrics-port', '-1'], {}, '-metrics-port', /0 to 65535/],
    [['-log-level', 'loud'], {}, '-log-level', /trace, debug, info/],
    [[], { BIFROST_LOG_LEVEL: 'loud' }, 'BIFROST_LOG_LEVEL', /trace, debug, info/],
    [['-processes', '0'], {}, '-processes', /auto.*1 to 256/],
    [['-processes', '257'], {}, '-processes', /1 to 256/],
    [[], { BIFROST_PROCESSES: 'all' }, 'BIFROST_PROCESSES', /auto/],
  ]
  for (const [args, environment, path, message] of wrong) {
    test(`are refused: ${args.join(' ')} ${Object.keys(environment).join(' ')}`, () => {
      const [problem] = errorOf(() => parseFlags(args, environment)).problems
      assert.equal(problem?.path, path)
      assert.match(problem?.message ?? '', message)
    })
  }

  test('tell a misspelt flag and its value as one problem', () => {
    const pathsOf = (...args: readonly string[]) =>
      errorOf(() => parseFlags(args, {})).problems.map(({ path }) => path)
    assert.deepEqual(pathsOf('-prot', '1'), ['-prot'])
    assert.deepEqual(pathsOf('-prot', '1', '2'), ['-prot', 'an argument'])
    assert.deepEqual(pathsOf('-prot=1', '2'), ['-prot', 'an argument'])
    assert.deepEqual(pathsOf('-prot', '-hots', 'x'), ['-prot', '-hots'])
    assert.deepEqual(pathsOf('serve', 'x'), ['an argument'])
  })

  test('are all told at once, without the values', () => {
    const error = errorOf(() => parseFlags(['-port', 'sk-secret', '--key=sk-secret', 'sk-secret'], {}))
    assert.equal(error.problems.length, 3)
    assert.ok(!error.message.includes('sk-secret'))
  })

  test('have a text that names them all', () => {
    assert.equal(parseFlags(['-h'], {}).help, true)
    for (const flag of ['-config', '-host', '-port', '-metrics-port', '-log-level', '-help'])
      assert.ok(usage.includes(flag))
  })
})

test('the environment is a copy of the process’s', (t) => {
  process.env['BIFROST_TEST_VARIABLE'] = 'a'
  t.after(() => delete process.env['BIFROST_TEST_VARIABLE'])
  assert.equal(readEnvironment()['BIFROST_TEST_VARIABLE'], 'a')
})
