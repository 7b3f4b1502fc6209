import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import {
  type GatewayHarness,
  type SimulatedProviders,
  simulatedConfig,
  startGateway,
  startSimulatedProviders,
} from '#testing'

/** What Cursor sends to `/cursor`, in all its shapes, towards vendors that take their own shape alone. */

let providers: SimulatedProviders
let gateway: GatewayHarness
before(async () => {
  providers = await startSimulatedProviders()
  gateway = await startGateway({ mode: 'standalone-memory', config: simulatedConfig(providers.url) })
})
after(async () => {
  await gateway.close()
  await providers.close()
})

const headers = { 'content-type': 'application/json' }
const readFile = { type: 'object', properties: { path: { type: 'string' } } }
const bodies = {
  'chat with a flat tool among the others': {
    messages: [{ role: 'user', content: 'one two three' }],
    tools: [
      { type: 'function', function: { name: 'read_file', parameters: readFile } },
      { type: 'function', name: 'list_files', parameters: readFile },
    ],
    tool_choice: 'none',
  },
  'the Responses API': {
    instructions: 'Be brief.',
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'Read a.py' }] },
      { type: 'function_call', call_id: 'c1', name: 'read_file', arguments: '{"path":"a.py"}' },
      { type: 'function_call_output', call_id: 'c1', output: 'print(42)' },
      { role: 'user', content: [{ type: 'input_text', text: 'one two three' }] },
    ],
    tools: [{ type: 'function', name: 'read_file', parameters: readFile }],
    tool_choice: 'none',
    include: ['reasoning.encrypted_content'],
    store: false,
  },
  "Anthropic's blocks": {
    messages: [
      { role: 'user', content: 'Read a.py' },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'c1', name: 'read_file', input: { path: 'a.py' } }],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: 'print(42)' },
          { type: 'text', text: 'one two three' },
        ],
      },
    ],
    tools: [{ name: 'read_file', input_schema: readFile }],
    tool_choice: { type: 'none' },
  },
} as const

for (const [title, body] of Object.entries(bodies)) {
  for (const model of ['gpt-4o', 'anthropic/claude-opus-4-8', 'gemini/gemini-2.5-flash']) {
    test(`${title} → ${model}: answered as chat, whole and streamed`, async () => {
      for (const prefix of ['/cursor/v1', '/cursor']) {
        const client = new OpenAI({ baseURL: gateway.url + prefix, apiKey: 'dummy', maxRetries: 0 })
        const ask = (stream: boolean) =>
          client.post<OpenAI.ChatCompletion>('/chat/completions', {
            body: { ...body, model, stream },
            stream,
          })
        const whole = await ask(false)
        assert.equal(whole.object, 'chat.completion')
        assert.equal(whole.choices[0]?.message.content, 'You said: one two three')
        const stream = (await ask(true)) as unknown as AsyncIterable<OpenAI.ChatCompletionChunk>
        let text = ''
        for await (const chunk of stream) {
          assert.equal(chunk.object, 'chat.completion.chunk')
          text += chunk.choices[0]?.delta.content ?? ''
        }
        assert.equal(text, 'You said: one two three')
      }
    })
  }
}

test('a call of a tool comes back as chat has it, whoever is asked and however', async () => {
  const client = new OpenAI({ baseURL: `${gateway.url}/cursor/v1`, apiKey: 'dummy', maxRetries: 0 })
  for (const model of ['gpt-4o', 'anthropic/claude-opus-4-8']) {
    for (const body of [
      { input: 'Read a.py', tools: bodies['the Responses API'].tools },
      { messages: [{ role: 'user', content: 'Read a.py' }], tools: bodies["Anthropic's blocks"].tools },
    ]) {
      const answer = await client.post<OpenAI.ChatCompletion>('/chat/completions', {
        body: { ...body, model },
      })
      const [call] = answer.choices[0]?.message.tool_calls ?? []
      assert.equal(call?.type === 'function' && call.function.name, 'read_file')
      assert.equal(answer.choices[0]?.finish_reason, 'tool_calls')
    }
  }
})

test('plain chat goes up byte for byte; models are listed', async () => {
  const body =
    '{ "model":"gpt-4o", "messages":[{"role":"user","content":"one two three"}],  "temperature":1.0 }'
  const answer = await fetch(`${gateway.url}/cursor/v1/chat/completions`, { method: 'POST', headers, body })
  assert.equal(answer.status, 200)
  assert.equal(providers.calls.at(-1)?.body.toString(), body)
  const client = new OpenAI({ baseURL: `${gateway.url}/cursor/v1`, apiKey: 'dummy' })
  assert.ok((await client.models.list()).data.some(({ id }) => id === 'openai/gpt-4o'))
})

test('a body without messages or input is refused in the shape of chat', async () => {
  const answer = await fetch(`${gateway.url}/cursor/chat/completions`, {
    method: 'POST',
    headers,
    body: '{"model":"m"}',
  })
  assert.equal(answer.status, 400)
  const { error } = (await answer.json()) as { error: { param: string } }
  assert.equal(error.param, 'messages')
})
