import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { until } from './conditions.ts'
import { freePort } from './ports.ts'
import { startProcess } from './processes.ts'

const forever = 'setInterval(() => {}, 1000)'

describe('a process under test', () => {
  it('collects lines and the exit status', async () => {
    const script = 'console.log("one\\ntwo"); console.error("three"); process.exitCode = 3'
    await using child = await startProcess({ args: ['-e', script] })
    assert.deepEqual(await child.exited, { code: 3, signal: null })
    assert.deepEqual(child.stdout, ['one', 'two'])
    assert.deepEqual(child.stderr, ['three'])
    assert.equal(child.running, false)
    assert.equal(await child.line(/^tw/), 'two')
  })

  it('waits for a line, and ends by the signal that it is sent', async () => {
    await using child = await startProcess({ args: ['-e', `console.log("up"); ${forever}`], ready: /^up$/ })
    assert.equal(child.running, true)
    assert.deepEqual(await child.kill('SIGTERM'), { code: null, signal: 'SIGTERM' })
  })

  it('waits for a URL', async () => {
    const port = await freePort()
    const script = `let asked = 0; require('node:http').createServer((_, response) => {
      response.statusCode = ++asked < 3 ? 503 : 200; response.end() }).listen(${port}, '127.0.0.1')`
    await using child = await startProcess({ args: ['-e', script], ready: `http://127.0.0.1:${port}/ready` })
    assert.equal(child.running, true)
  })

  it('reports a process that ends before it is ready, with its words', async () => {
    const args = ['-e', 'console.error("no key was given"); process.exit(1)']
    await assert.rejects(startProcess({ args, ready: 'http://127.0.0.1:1/ready' }), /no key was given/)
    await assert.rejects(startProcess({ args, ready: /never/ }), /the process ended.*\n.*no key was given/s)
  })

  it('gives the child nothing of our environment but what it needs', async () => {
    process.env['OPENAI_API_KEY'] = 'sk-planted'
    await using child = await startProcess({
      args: ['-e', 'console.log(JSON.stringify(process.env))'],
      env: { GIVEN: 'yes' },
    })
    delete process.env['OPENAI_API_KEY']
    await child.exited
    const env = JSON.parse(child.stdout[0] ?? '')
    assert.equal(env.GIVEN, 'yes')
    assert.equal(env.OPENAI_API_KEY, undefined)
    assert.ok(env.PATH)
  })

  it('kills one that was stopped', async () => {
    await using child = await startProcess({ args: ['-e', `console.log("up"); ${forever}`], ready: /up/ })
    child.signal('SIGSTOP')
    assert.equal((await child.kill('SIGTERM')).signal, 'SIGTERM')
  })

  it('does not outlive the process that started it', async () => {
    const module = new URL('./processes.ts', import.meta.url).href
    const parentScript = `
      const { startProcess } = await import(${JSON.stringify(module)})
      const child = await startProcess({ args: ['-e', ${JSON.stringify(forever)}] })
      console.log(child.pid)
      ${forever}`
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      await using parent = await startProcess({ args: ['--input-type=module', '-e', parentScript] })
      const pid = Number(await parent.line(/^\d+$/))
      assert.equal(isAlive(pid), true)
      await parent.kill(signal)
      await until(() => !isAlive(pid), { what: `process ${pid} to end` })
    }
  })
})

/** A process that ended and was not yet reaped by its new parent is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}
