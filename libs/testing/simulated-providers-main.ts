/**
 * The simulated providers as a process of their own:
 * `node libs/testing/simulated-providers-main.ts [-port n] [-host h] [-delay-ms n] [-chunk-delay-ms n] [-events-per-packet n] [-keep-calls n] [-any-key]`.
 * Prints one line of JSON, `{"url":"http://…","port":n}`, when it listens; ends on SIGTERM and SIGINT.
 */
import { parseArgs } from 'node:util'
import { startSimulatedProviders } from './providers/server.ts'

const { values } = parseArgs({
  // One dash or two, as every command of the product takes them.
  args: process.argv.slice(2).map((argument) => argument.replace(/^-(?=[a-z]{2})/, '--')),
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    'delay-ms': { type: 'string', default: '0' },
    'chunk-delay-ms': { type: 'string', default: '0' },
    'events-per-packet': { type: 'string', default: '1' },
    'keep-calls': { type: 'string', default: '10000' },
    'any-key': { type: 'boolean', default: false },
  },
})

const providers = await startSimulatedProviders({
  port: readNumber('port', values.port),
  host: values.host,
  delayMs: readNumber('delay-ms', values['delay-ms']),
  chunkDelayMs: readNumber('chunk-delay-ms', values['chunk-delay-ms']),
  eventsPerPacket: Math.max(1, readNumber('events-per-packet', values['events-per-packet'])),
  keepCalls: readNumber('keep-calls', values['keep-calls']),
  acceptAnyKey: values['any-key'],
})
process.stdout.write(`${JSON.stringify({ url: providers.url, port: providers.port })}\n`)

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void providers.close())

function readNumber(flag: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  throw new Error(`-${flag} is "${text}"; give a whole number from 0 up.`)
}
