import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import {
  sharedRedisUrl,
  simulatedConfig,
  simulatedKeys,
  startGateway,
  startSimulatedProviders,
} from '#testing'
import {
  type PythonGeneration,
  pythonGenerations,
  pythonOf,
  runPython,
  whyNoPython,
} from './clients/python.ts'

/** The official Python packages and the documents' own Python, through memory and through Redis. Installs packages, so it is asked for: BIFROST_TEST_PYTHON=1. */
const asked = process.env['BIFROST_TEST_PYTHON'] === '1'
const skip = asked ? whyNoPython() : 'set BIFROST_TEST_PYTHON=1 to install and run the Python packages'

const clients = [
  ['openai_chat', '/openai', 'openai'],
  ['openai_chat_stream', '/openai/v1', 'openai'],
  ['openai_responses', '/openai/v1', 'openai'],
  ['openai_responses_stream', '/v1', 'openai'],
  ['anthropic_messages', '/anthropic', 'anthropic'],
  ['anthropic_messages_stream', '/anthropic', 'anthropic'],
  ['genai_generate', '/genai', 'gemini'],
  ['genai_generate_stream', '/genai', 'gemini'],
] as const
const models = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-3-haiku-20240307',
  gemini: 'gemini-2.5-flash',
} as const

for (const mode of ['standalone-memory', 'split'] as const) {
  for (const generation of Object.keys(pythonGenerations) as PythonGeneration[]) {
    test(`Python (${generation}) through ${mode}`, { skip: skip ?? false, timeout: 170_000 }, async () => {
      const python = pythonOf(generation)
      await using simulated = await startSimulatedProviders()
      const redis = mode === 'split' ? { redisUrl: await sharedRedisUrl() } : {}
      const config = simulatedConfig(simulated.url, {
        model_aliases: { 'vertex/gemini-pro': 'gemini/gemini-pro' },
      })
      await using gateway = await startGateway({ mode, config, ...redis })
      const rows = clients.flatMap(([client, prefix, own]) =>
        Object.entries(models).map(([provider, name]) => ({
          client,
          surface: gateway.url + prefix,
          model: provider === own ? name : `${provider}/${name}`,
          text: `say ${randomUUID()}`,
        })),
      )
      const lines = (await runPython(python, 'ask.py', { input: JSON.stringify(rows) })).trim().split('\n')
      assert.equal(lines.length, rows.length)
      for (const [index, line] of lines.entries()) {
        const row = rows[index]
        const answer = JSON.parse(line) as { text?: string; input?: number; output?: number; error?: string }
        assert.ok(answer.text?.includes(row?.text.slice(4) ?? '?'), `${row?.client} ${row?.model}: ${line}`)
        assert.ok(
          (answer.input ?? 0) > 0 && (answer.output ?? 0) > 0,
          `${row?.client} ${row?.model}: no usage`,
        )
      }
      const env = { GATEWAY: gateway.url, DIRECT: simulated.url, DIRECT_KEY: simulatedKeys.openai }
      const said = await runPython(python, 'seeds.py', { env })
      assert.equal(said.match(/^ok /gm)?.length, 10)
    })
  }
}
