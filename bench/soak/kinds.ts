import { models } from '../upstream/models.ts'
import { type Draft, streamEnds, unique } from './asks.ts'
import { cached, chat, embeddings, generate, known, message, responses } from './drafts.ts'

/** A kind of request: how many of them a deck holds, and all that may come of one. */
export type Kind = {
  readonly id: string
  readonly count: number
  readonly draft: () => Draft
  readonly outcomes: readonly string[]
}

const good = ['200']
/** The caller left, or its answer was there before. */
const gone = ['left', '200']

const functionTool = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const inputTool = { name: 'weather', input_schema: functionTool.function.parameters }

const { chat: gpt, messages: claude } = models
const viaChat = { streamEnd: streamEnds.chat }
const viaMessages = { streamEnd: streamEnds.messages }
const flash = 'gemini-2.5-flash'

const answered: readonly Kind[] = [
  { id: 'chat', count: 20, draft: () => chat({ model: gpt }), outcomes: good },
  {
    id: 'chat at the root',
    count: 4,
    draft: () => chat({ model: gpt, path: '/v1/chat/completions' }),
    outcomes: good,
  },
  { id: 'chat, 10 KB', count: 10, draft: () => chat({ model: gpt, size: '10 KB' }), outcomes: good },
  { id: 'chat, 200 KB', count: 3, draft: () => chat({ model: gpt, size: '200 KB' }), outcomes: good },
  { id: 'chat, streamed', count: 12, draft: () => chat({ model: gpt, ...viaChat }), outcomes: good },
  {
    id: 'chat, paced stream',
    count: 3,
    draft: () => chat({ model: 'gpt-soak-paced', ...viaChat }),
    outcomes: good,
  },
  { id: 'messages', count: 8, draft: () => message({ model: claude }), outcomes: good },
  {
    id: 'messages, streamed',
    count: 6,
    draft: () => message({ model: claude, ...viaMessages }),
    outcomes: good,
  },
  { id: 'generateContent', count: 3, draft: () => generate(flash), outcomes: good },
  {
    id: 'generateContent, streamed',
    count: 3,
    draft: () => generate(flash, streamEnds.generate),
    outcomes: good,
  },
  { id: 'embeddings', count: 6, draft: embeddings, outcomes: good },
  { id: 'an alias of two targets', count: 4, draft: () => chat({ model: 'either' }), outcomes: good },
  {
    id: 'a model that nobody has heard of',
    count: 6,
    draft: () => chat({ model: `openai/${unique()}` }),
    outcomes: good,
  },
  {
    id: 'high priority',
    count: 3,
    draft: () => chat({ model: gpt, headers: { 'x-bifrost-priority': 'high' } }),
    outcomes: good,
  },
  {
    id: 'low priority',
    count: 3,
    draft: () => chat({ model: gpt, headers: { 'x-bifrost-priority': 'low' } }),
    outcomes: good,
  },
  {
    id: 'list of models',
    count: 1,
    draft: () => ({ method: 'GET', path: '/openai/v1/models' }),
    outcomes: good,
  },
  { id: 'health', count: 1, draft: () => ({ method: 'GET', path: '/health' }), outcomes: good },
]

const crossed: readonly Kind[] = [
  { id: 'chat → messages', count: 8, draft: () => chat({ model: `anthropic/${claude}` }), outcomes: good },
  {
    id: 'chat → messages, 200 KB',
    count: 1,
    draft: () => chat({ model: `anthropic/${claude}`, size: '200 KB' }),
    outcomes: good,
  },
  {
    id: 'chat → messages, streamed',
    count: 6,
    draft: () => chat({ model: `anthropic/${claude}`, ...viaChat }),
    outcomes: good,
  },
  { id: 'chat → generateContent', count: 3, draft: () => chat({ model: `gemini/${flash}` }), outcomes: good },
  {
    id: 'chat → generateContent, streamed',
    count: 3,
    draft: () => chat({ model: `gemini/${flash}`, ...viaChat }),
    outcomes: good,
  },
  { id: 'messages → chat', count: 5, draft: () => message({ model: `openai/${gpt}` }), outcomes: good },
  {
    id: 'messages → chat, 10 KB',
    count: 2,
    draft: () => message({ model: `openai/${gpt}`, size: '10 KB' }),
    outcomes: good,
  },
  {
    id: 'messages → chat, streamed',
    count: 5,
    draft: () => message({ model: `openai/${gpt}`, ...viaMessages }),
    outcomes: good,
  },
  { id: 'generateContent → chat', count: 2, draft: () => generate(`openai/${gpt}`), outcomes: good },
  {
    id: 'generateContent → chat, streamed',
    count: 2,
    draft: () => generate(`openai/${gpt}`, streamEnds.generate),
    outcomes: good,
  },
  { id: 'responses → messages', count: 2, draft: () => responses(), outcomes: good },
  {
    id: 'responses → messages, streamed',
    count: 2,
    draft: () => responses(streamEnds.responses),
    outcomes: good,
  },
]

const tools: readonly Kind[] = [
  {
    id: 'tool call',
    count: 2,
    draft: () => chat({ model: 'gpt-soak-tools', body: { tools: [functionTool] } }),
    outcomes: good,
  },
  {
    id: 'tool call, streamed chat → messages',
    count: 2,
    draft: () => chat({ model: 'anthropic/claude-soak-tools', body: { tools: [functionTool] }, ...viaChat }),
    outcomes: good,
  },
  {
    id: 'tool call, messages → chat',
    count: 2,
    draft: () => message({ model: 'openai/gpt-soak-tools', body: { tools: [inputTool] } }),
    outcomes: good,
  },
  {
    id: 'tool call, streamed messages → chat',
    count: 2,
    draft: () => message({ model: 'openai/gpt-soak-tools', body: { tools: [inputTool] }, ...viaMessages }),
    outcomes: good,
  },
]

const leaving: readonly Kind[] = [
  {
    id: 'leaves mid-stream',
    count: 4,
    draft: () => chat({ model: 'gpt-soak-paced', ...viaChat, leaves: 'first piece' }),
    outcomes: gone,
  },
  {
    id: 'leaves mid-stream, chat → messages',
    count: 2,
    draft: () => chat({ model: 'anthropic/claude-soak-paced', ...viaChat, leaves: 'first piece' }),
    outcomes: gone,
  },
  {
    id: 'leaves while it waits for the answer',
    count: 3,
    draft: () => chat({ model: 'gpt-soak-slow', leaves: { afterMs: 40 } }),
    outcomes: gone,
  },
  {
    id: 'leaves at once',
    count: 2,
    draft: () => chat({ model: 'gpt-soak-slow', size: '10 KB', leaves: { afterMs: 0 } }),
    outcomes: gone,
  },
  {
    id: 'leaves a full queue',
    count: 3,
    draft: () => chat({ model: 'tight/gpt-soak-slow', leaves: { afterMs: 60 } }),
    outcomes: [...gone, '429 queue_full', '429 tenant_share'],
  },
]

const failing: readonly Kind[] = [
  { id: 'provider says 400', count: 2, draft: () => chat({ model: 'gpt-soak-400' }), outcomes: ['400'] },
  {
    id: 'provider fails every third call',
    count: 4,
    draft: () => chat({ model: 'flaky/gpt-soak-flaky' }),
    outcomes: ['200', '500', '503 circuit_open'],
  },
  {
    id: 'the same, messages → chat, streamed',
    count: 2,
    draft: () => message({ model: 'flaky/gpt-soak-flaky', ...viaMessages }),
    outcomes: ['200', '500', '503'],
  },
  {
    id: 'provider is down',
    count: 2,
    draft: () => chat({ model: 'down/gpt-soak-500' }),
    outcomes: ['500', '503 circuit_open'],
  },
  {
    id: 'provider is down, with a fallback',
    count: 4,
    draft: () => chat({ model: 'down/gpt-soak-500', headers: { 'x-bifrost-fallbacks': `openai/${gpt}` } }),
    outcomes: good,
  },
  {
    id: 'provider is down, with a crossing fallback, streamed',
    count: 2,
    draft: () =>
      chat({ model: 'down/gpt-soak-500', body: { fallbacks: [`anthropic/${claude}`] }, ...viaChat }),
    outcomes: good,
  },
  {
    id: 'provider sends keys away, with a fallback',
    count: 3,
    draft: () => chat({ model: 'refusing/gpt-soak-refused' }),
    outcomes: good,
  },
  {
    id: 'provider sends keys away',
    count: 2,
    draft: () => message({ model: 'refusing/gpt-soak-refused-alone' }),
    outcomes: ['200', '429'],
  },
  {
    id: 'stream that is cut off',
    count: 2,
    draft: () => chat({ model: 'flaky/gpt-soak-cut', ...viaChat }),
    outcomes: ['200 error event', '503 circuit_open'],
  },
  {
    id: 'answer later than the caller has time',
    count: 1,
    draft: () => chat({ model: 'gpt-soak-late', headers: { 'x-bifrost-timeout-ms': '150' } }),
    outcomes: ['504 upstream_timeout', '504 queue_timeout'],
  },
]

const refused: readonly Kind[] = [
  {
    id: 'more than a queue takes',
    count: 4,
    draft: () => chat({ model: 'tight/gpt-soak-slow' }),
    outcomes: ['200', '429 queue_full', '429 tenant_share'],
  },
  {
    id: 'more than a rate limit lets in',
    count: 2,
    draft: () => chat({ model: 'metered/gpt-4o-mini' }),
    outcomes: ['200', '429 rate_limited'],
  },
  {
    id: 'body that is no JSON',
    count: 2,
    draft: () => ({ ...chat({ model: gpt }), body: `{"model": "${unique()}",` }),
    outcomes: ['400 invalid_json'],
  },
  {
    id: 'body without what a crossing needs',
    count: 2,
    draft: () => ({
      ...chat({ model: gpt }),
      body: { model: `anthropic/${claude}`, user: unique(), messages: 7 },
    }),
    outcomes: ['400 invalid_type'],
  },
  {
    id: 'header that cannot be',
    count: 1,
    draft: () => chat({ model: gpt, headers: { 'x-bifrost-priority': unique() } }),
    outcomes: ['400 invalid_header'],
  },
  {
    id: 'model that no key admits',
    count: 2,
    draft: () => chat({ model: `named/${unique()}` }),
    outcomes: ['404 model_not_found'],
  },
  {
    id: 'provider that is not configured',
    count: 1,
    draft: () => chat({ model: `mistral/${unique()}` }),
    outcomes: ['404 model_not_found'],
  },
  {
    id: 'path that leads nowhere',
    count: 3,
    draft: () => ({ path: `/openai/v1/${unique()}`, body: {} }),
    outcomes: ['404 unknown_url'],
  },
  {
    id: 'path beside every surface',
    count: 1,
    draft: () => ({ method: 'GET', path: `/${unique()}` }),
    outcomes: ['404 unknown_url'],
  },
]

const caching: readonly Kind[] = [
  {
    id: 'cache, asked before',
    count: 4,
    draft: () => cached({ body: known() }),
    outcomes: ['200 hit', '200 miss', '200 joined'],
  },
  {
    id: 'cache, stream asked before',
    count: 2,
    draft: () => cached({ body: known(), ...viaChat }),
    outcomes: ['200 hit', '200 miss', '200 joined'],
  },
  { id: 'cache, never asked before', count: 3, draft: () => cached({}), outcomes: ['200 miss'] },
]

export const kinds: readonly Kind[] = [
  ...answered,
  ...crossed,
  ...tools,
  ...leaving,
  ...failing,
  ...refused,
  ...caching,
]
