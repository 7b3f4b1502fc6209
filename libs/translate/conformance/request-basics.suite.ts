import { ask, assistant, hi, type RequestScenario, say, user } from './request-scenario.suite.ts'

const system = (text: string) => ({ role: 'system', parts: [say(text)] }) as const
const developer = (text: string) => ({ role: 'developer', parts: [say(text)] }) as const
const sampling = (name: string, values: RequestScenario['request']['sampling']): RequestScenario => ({
  name,
  request: ask({ sampling: values }),
})

/** Conversations, sampling, and what goes beside them. */
export const basicRequests: readonly RequestScenario[] = [
  { name: 'text', request: ask() },
  { name: 'text, streamed', request: ask({ stream: true }) },
  { name: 'several texts in a turn', request: ask({ messages: [user(say('Look:'), say('what is it?'))] }) },
  {
    name: 'multi-turn',
    request: ask({ messages: [hi, assistant(say('Sunny.')), user(say('And tomorrow?'))] }),
  },
  {
    name: 'two user turns in a row',
    request: ask({ messages: [hi, user(say('In Celsius, please.'))] }),
  },
  {
    name: 'answer begun for the model',
    request: ask({ messages: [hi, assistant(say('It is'))] }),
  },
  { name: 'system', request: ask({ messages: [system('Be brief.'), hi] }) },
  { name: 'developer', request: ask({ messages: [developer('Be brief.'), hi] }) },
  {
    name: 'several system and developer turns',
    request: ask({ messages: [system('Be brief.'), developer('Use Celsius.'), system('No jokes.'), hi] }),
  },
  {
    name: 'system in the middle',
    request: ask({
      messages: [
        hi,
        assistant(say('Sunny.')),
        user(say('And?')),
        system('Use Celsius.'),
        assistant(say('It is')),
        user(say('Go on.')),
      ],
    }),
  },
  {
    name: 'system after an answer',
    request: ask({ messages: [hi, assistant(say('Sunny.')), system('Use Celsius.'), user(say('And?'))] }),
  },
  { name: 'nothing but a system turn', request: ask({ messages: [system('Greet the user.')] }) },
  { name: 'name of a speaker', request: ask({ messages: [{ ...hi, name: 'ann' }] }) },
  sampling('temperature', { temperature: 0.3 }),
  sampling('temperature above 1', { temperature: 1.6 }),
  sampling('top_p', { topP: 0.8 }),
  sampling('temperature and top_p', { temperature: 0.3, topP: 0.8 }),
  sampling('top_k', { topK: 40 }),
  sampling('one stop sequence', { stop: ['END'] }),
  sampling('six stop sequences', { stop: ['1', '2', '3', '4', '5', '6'] }),
  sampling('max tokens', { maxOutputTokens: 500 }),
  {
    name: 'max tokens, old name',
    request: ask({ sampling: { maxOutputTokens: 500 } }),
    bodies: {
      'openai-chat': {
        model: 'the-model',
        max_tokens: 500,
        messages: [{ role: 'user', content: 'What is the weather in Paris?' }],
      },
    },
  },
  sampling('frequency and presence penalty', { frequencyPenalty: 0.5, presencePenalty: -0.5 }),
  sampling('penalties of 0', { frequencyPenalty: 0, presencePenalty: 0 }),
  sampling('seed', { seed: 42 }),
  sampling('n = 1', { candidates: 1 }),
  sampling('n = 2', { candidates: 2 }),
  sampling('logprobs', { logprobs: true, topLogprobs: 2 }),
  sampling('logit_bias', { logitBias: { '50256': -100 } }),
  { name: 'user', request: ask({ user: 'user-1234' }) },
  { name: 'metadata', request: ask({ metadata: { team: 'search', ticket: '42' } }) },
  { name: 'service tier auto', request: ask({ serviceTier: 'auto' }) },
  { name: 'service tier default', request: ask({ serviceTier: 'default' }) },
  { name: 'service tier flex', request: ask({ serviceTier: 'flex' }) },
  { name: 'prompt cache key', request: ask({ cacheKey: 'tenant-7' }) },
]
