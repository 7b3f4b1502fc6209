import type { JsonObject } from '#contract'
import type { RequestScenario } from './request-scenario.suite.ts'

/** How callers of the API before chat say what the scenarios are about: it has no encoder, so their bodies are here. */
const members: Readonly<Record<string, JsonObject>> = {
  text: {},
  'text, streamed': { stream: true },
  temperature: { temperature: 0.3 },
  'temperature above 1': { temperature: 1.6 },
  top_p: { top_p: 0.8 },
  'temperature and top_p': { temperature: 0.3, top_p: 0.8 },
  'one stop sequence': { stop: 'END' },
  'max tokens': { max_tokens: 500 },
  'frequency and presence penalty': { frequency_penalty: 0.5, presence_penalty: -0.5 },
  'penalties of 0': { frequency_penalty: 0, presence_penalty: 0 },
  seed: { seed: 42 },
  'n = 1': { n: 1 },
  'n = 2': { n: 2 },
  logprobs: { logprobs: 2 },
  logit_bias: { logit_bias: { '50256': -100 } },
  user: { user: 'user-1234' },
}

export function withLegacyBody(scenario: RequestScenario): RequestScenario {
  const said = members[scenario.name]
  if (said === undefined) return scenario
  const body = { model: 'the-model', prompt: 'What is the weather in Paris?', ...said }
  return { ...scenario, bodies: { ...scenario.bodies, 'openai-completions': body } }
}
