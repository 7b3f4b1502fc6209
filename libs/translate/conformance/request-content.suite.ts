import type { Part } from '#contract'
import { ask, assistant, hi, type RequestScenario, say, user } from './request-scenario.suite.ts'

/** A pixel, a page, a beep: their least forms. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const pdf = 'JVBERi0xLjQKJSVFT0YK'
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA='

const showing = (name: string, ...parts: readonly Part[]): RequestScenario => ({
  name,
  request: ask({ messages: [user(say('What is this?'), ...parts)] }),
})
/** What some wires have no place for, and what cannot be left out without losing the question's meaning. */
const showingFile = (name: string, part: Part): RequestScenario => ({
  ...showing(name, part),
  mayRefuse: true,
})
const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

/** What else a turn may hold, how the answer may be shaped, reasoning, cache marks. */
export const contentRequests: readonly RequestScenario[] = [
  showing('image as bytes', { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: png } }),
  showingFile('image by URL', { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } }),
  showing('image with detail', {
    type: 'image',
    source: { kind: 'base64', mediaType: 'image/png', data: png },
    detail: 'high',
  }),
  showingFile('image by file id', { type: 'image', source: { kind: 'file', id: 'file_1' } }),
  showingFile('document as bytes (PDF)', {
    type: 'document',
    source: { kind: 'base64', mediaType: 'application/pdf', data: pdf },
    name: 'report.pdf',
  }),
  showingFile('document by URL', {
    type: 'document',
    source: { kind: 'url', url: 'https://example.com/a.pdf' },
  }),
  showingFile('document as text', {
    type: 'document',
    source: { kind: 'text', mediaType: 'text/plain', text: 'Rain at noon.' },
    name: 'Forecast',
  }),
  showingFile('document with context', {
    type: 'document',
    source: { kind: 'base64', mediaType: 'application/pdf', data: pdf },
    name: 'report.pdf',
    context: 'Draft.',
  }),
  showingFile('document to cite', {
    type: 'document',
    source: { kind: 'base64', mediaType: 'application/pdf', data: pdf },
    name: 'report.pdf',
    citations: true,
  }),
  showingFile('document by file id', { type: 'document', source: { kind: 'file', id: 'file_1' } }),
  showing('audio as bytes', {
    type: 'audio',
    format: 'wav',
    source: { kind: 'base64', mediaType: 'audio/wav', data: wav },
  }),
  {
    name: 'answer by a JSON schema',
    request: ask({ responseFormat: { type: 'json-schema', name: 'city', schema, strict: true } }),
  },
  {
    name: 'answer by a described JSON schema',
    request: ask({
      responseFormat: { type: 'json-schema', name: 'city', schema, strict: true, description: 'A city.' },
    }),
  },
  { name: 'answer as some JSON', request: ask({ responseFormat: { type: 'json' } }) },
  { name: 'reasoning effort low', request: ask({ reasoning: { effort: 'low' } }) },
  { name: 'reasoning effort high', request: ask({ reasoning: { effort: 'high' } }) },
  { name: 'reasoning effort minimal', request: ask({ reasoning: { effort: 'minimal' } }) },
  { name: 'no reasoning', request: ask({ reasoning: { effort: 'none' } }) },
  {
    name: 'reasoning budget',
    request: ask({ reasoning: { enabled: true, budgetTokens: 9000 }, sampling: { maxOutputTokens: 20_000 } }),
  },
  { name: 'reasoning as the model likes', request: ask({ reasoning: { enabled: true } }) },
  {
    name: 'reasoning with a signature in the history',
    request: ask({
      messages: [
        hi,
        assistant({ type: 'reasoning', text: 'Paris, then.', signature: 'c2lnbmF0dXJl' }, say('Sunny.')),
        user(say('And Rome?')),
      ],
    }),
  },
  {
    name: 'redacted reasoning in the history',
    request: ask({
      messages: [
        hi,
        assistant({ type: 'reasoning', text: '', redacted: 'ZW5jcnlwdGVk' }, say('Sunny.')),
        user(say('And?')),
      ],
    }),
  },
  {
    name: 'reasoning without a signature in the history',
    request: ask({
      messages: [hi, assistant({ type: 'reasoning', text: 'Hm.' }, say('Sunny.')), user(say('And?'))],
    }),
    bodies: {
      'openai-chat': {
        model: 'the-model',
        messages: [
          { role: 'user', content: 'What is the weather in Paris?' },
          { role: 'assistant', reasoning_content: 'Hm.', content: 'Sunny.' },
          { role: 'user', content: 'And?' },
        ],
      },
    },
    strangers: ['reasoning_content'],
    dialect: true,
  },
  {
    name: 'reasoning through a tool turn',
    request: ask({
      tools: [{ type: 'function', name: 'now' }],
      messages: [
        hi,
        assistant(
          { type: 'reasoning', text: 'I need the time.', signature: 'c2lnbmF0dXJl' },
          { type: 'reasoning', text: '', redacted: 'ZW5jcnlwdGVk' },
          { type: 'tool-call', id: 'call_1', name: 'now', argumentsText: '{}' },
        ),
        { role: 'tool', parts: [{ type: 'tool-result', callId: 'call_1', content: [say('12:00')] }] },
      ],
    }),
  },
  {
    name: 'a thought signature on a tool call (gemini-generate)',
    request: ask({
      tools: [{ type: 'function', name: 'now' }],
      messages: [
        hi,
        assistant({
          type: 'tool-call',
          id: 'call_1',
          name: 'now',
          argumentsText: '{}',
          signature: 'c2lnbmF0dXJl',
        }),
        {
          role: 'tool',
          parts: [{ type: 'tool-result', callId: 'call_1', name: 'now', content: [say('12:00')] }],
        },
      ],
    }),
  },
  {
    name: 'a refusal in the history',
    request: ask({
      messages: [hi, assistant({ type: 'refusal', text: 'I cannot say.' }), user(say('Why?'))],
    }),
  },
  {
    name: 'cache mark on a text',
    request: ask({
      messages: [user({ type: 'text', text: 'A long preamble.', cache: {} }, say('And a question?'))],
    }),
  },
  {
    name: 'cache mark for an hour',
    request: ask({
      messages: [
        user({ type: 'text', text: 'A long preamble.', cache: { ttl: '1h' } }, say('And a question?')),
      ],
    }),
  },
  {
    name: 'cache mark on the system prompt',
    request: ask({
      messages: [{ role: 'system', parts: [{ type: 'text', text: 'Be brief.', cache: { ttl: '5m' } }] }, hi],
    }),
  },
  {
    name: 'cache mark on a tool',
    request: ask({ tools: [{ type: 'function', name: 'now', description: 'The time.', cache: {} }] }),
  },
  { name: 'cache mark on the request', request: ask({ cache: {} }) },
]
