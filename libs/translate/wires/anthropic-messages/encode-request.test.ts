import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatRequest, JsonObject, Message } from '#contract'
import { defaultMaxTokens, defaultMaxTokensWhenThinking, encodeRequest } from './encode-request.ts'
import { traitsOf } from './model-traits.ts'

function encode(messages: readonly Message[], model: string, extra: Partial<ChatRequest> = {}) {
  const request = { model, stream: false, streamUsage: false, messages, sampling: {}, ...extra }
  const { body, warnings } = encodeRequest(request, { model, quirks: {} })
  return { body, warnings: warnings.map(({ code, path }) => `${code}:${path}`) }
}
const turn = (role: Message['role'], text: string): Message => ({ role, parts: [{ type: 'text', text }] })

test('max_tokens has a default, larger for models that think unasked', () => {
  assert.equal(encode([turn('user', 'hi')], 'claude-haiku-4-5').body['max_tokens'], defaultMaxTokens)
  assert.equal(
    encode([turn('user', 'hi')], 'claude-sonnet-5-5').body['max_tokens'],
    defaultMaxTokensWhenThinking,
  )
})

test('a system turn keeps its place where model and place allow it, else the user says it', () => {
  const turns = [turn('user', 'a'), turn('developer', 's'), turn('system', 't'), turn('assistant', 'b')]
  assert.deepEqual(encode(turns, 'claude-opus-4-8'), {
    body: {
      model: 'claude-opus-4-8',
      max_tokens: defaultMaxTokens,
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'system',
          content: [
            { type: 'text', text: 's' },
            { type: 'text', text: 't' },
          ],
        },
        { role: 'assistant', content: 'b' },
      ],
    },
    warnings: [],
  })
  const older = encode(turns, 'claude-opus-4-7')
  assert.deepEqual(older.warnings, ['changed:messages[1]'])
  const misplaced = encode(
    [turn('user', 'a'), turn('assistant', 'b'), turn('system', 's'), turn('user', 'c')],
    'claude-opus-5',
  )
  assert.deepEqual(misplaced.body['messages'], [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 's' },
        { type: 'text', text: 'c' },
      ],
    },
  ])
  assert.deepEqual(misplaced.warnings, ['changed:messages[2]'])
})

test('system turns alone leave the last to the user, empty turns vanish with a warning', () => {
  const alone = encode([turn('system', 'a'), turn('system', 'b')], 'claude-haiku-4-5')
  assert.equal(alone.body['system'], 'a')
  assert.deepEqual(alone.body['messages'], [{ role: 'user', content: 'b' }])
  assert.deepEqual(alone.warnings, ['changed:messages[1]'])
  const empty = encode([turn('user', 'a'), turn('assistant', ''), turn('user', 'b ')], 'claude-haiku-4-5')
  assert.deepEqual(empty.body['messages'], [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b ' },
      ],
    },
  ])
  assert.deepEqual(empty.warnings, ['changed:messages[1]'])
  const prefill = encode([turn('user', 'a'), turn('assistant', 'b \n')], 'claude-haiku-4-5')
  assert.deepEqual((prefill.body['messages'] as JsonObject[])[1], { role: 'assistant', content: 'b' })
  assert.deepEqual(prefill.warnings, ['changed:messages[1]'])
})

test('sampling goes as far as the model takes it', () => {
  const sampling = { temperature: 1.5, topP: 0.5, topK: 5 }
  const run = (model: string) => {
    const { body, warnings } = encode([turn('user', 'hi')], model, { sampling })
    return { temperature: body['temperature'], topP: body['top_p'], topK: body['top_k'], warnings }
  }
  assert.deepEqual(run('claude-3-5-sonnet-20241022'), {
    temperature: 1,
    topP: 0.5,
    topK: 5,
    warnings: ['changed:temperature'],
  })
  assert.deepEqual(run('claude-sonnet-4-5'), {
    temperature: 1,
    topP: undefined,
    topK: 5,
    warnings: ['changed:temperature', 'unsupported:top_p'],
  })
  const none = { temperature: undefined, topP: undefined, topK: undefined }
  const unsupported = ['unsupported:temperature', 'unsupported:top_p', 'unsupported:top_k']
  assert.deepEqual(run('claude-opus-5'), { ...none, warnings: unsupported })
})

test('models are known by the generation in their names', () => {
  const kinds = (model: string) => {
    const { sampling, thinking, systemTurns } = traitsOf(model)
    return [sampling, thinking, systemTurns]
  }
  assert.deepEqual(kinds('claude-3-haiku-20240307'), ['all', 'none', false])
  assert.deepEqual(kinds('claude-3-7-sonnet-latest'), ['all', 'budget', false])
  assert.deepEqual(kinds('claude-opus-4-20250514'), ['all', 'budget', false])
  assert.deepEqual(kinds('us.anthropic.claude-sonnet-4-5-20250929-v1:0'), [
    'temperature-or-top-p',
    'budget',
    false,
  ])
  assert.deepEqual(kinds('claude-opus-4-6'), ['temperature-or-top-p', 'adaptive', false])
  assert.deepEqual(kinds('claude-opus-4-7'), ['none', 'adaptive', false])
  assert.deepEqual(kinds('claude-opus-4-8'), ['none', 'adaptive', true])
  assert.deepEqual(kinds('claude-fable-5-1'), ['none', 'adaptive', true])
  assert.deepEqual(kinds('kimi-k2'), ['all', 'budget', false])
})

test('an effort becomes a budget, an adaptive effort or a warning, as the model thinks', () => {
  const run = (model: string, maxOutputTokens?: number) => {
    const sampling = maxOutputTokens === undefined ? {} : { maxOutputTokens }
    const { body, warnings } = encode([turn('user', 'hi')], model, {
      sampling,
      reasoning: { effort: 'high', enabled: true },
    })
    return [body['thinking'], body['output_config'], body['max_tokens'], warnings]
  }
  assert.deepEqual(run('claude-opus-5'), [{ type: 'adaptive' }, { effort: 'high' }, 16_384, []])
  assert.deepEqual(run('claude-sonnet-4-5'), [
    { type: 'enabled', budget_tokens: 16_384 },
    undefined,
    20_480,
    [],
  ])
  assert.deepEqual(run('claude-sonnet-4-5', 2_000), [
    { type: 'enabled', budget_tokens: 1_999 },
    undefined,
    2_000,
    ['changed:reasoning_effort'],
  ])
  assert.deepEqual(run('claude-sonnet-4-5', 500), [
    undefined,
    undefined,
    500,
    ['unsupported:reasoning_effort'],
  ])
  assert.deepEqual(run('claude-3-haiku-20240307'), [
    undefined,
    undefined,
    4_096,
    ['unsupported:reasoning_effort'],
  ])
})
