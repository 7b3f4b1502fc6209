/*
 * What language models on Replicate call what every request may hold. Each model has inputs of its own; these are the ones that
 * families of official models have in common, by the model's page. What a family is known to lack is absent here: whether it
 * would be refused or lost is not documented, and the caller is told.
 */
export type ModelInputs = {
  readonly system: string
  readonly maxTokens: string
  readonly temperature: string
  readonly topP: string
  readonly topK?: string
  readonly presencePenalty?: string
  readonly frequencyPenalty?: string
  readonly seed?: string
  readonly stop?: string
}

const basic = { system: 'system_prompt', maxTokens: 'max_tokens', temperature: 'temperature', topP: 'top_p' }
const penalties = { presencePenalty: 'presence_penalty', frequencyPenalty: 'frequency_penalty' }

/** https://replicate.com/meta/meta-llama-3.1-405b-instruct */
const llama3: ModelInputs = { ...basic, ...penalties, topK: 'top_k', stop: 'stop_sequences' }

const families: readonly (readonly [RegExp, ModelInputs])[] = [
  [/^meta\/meta-llama-3/, llama3],
  // As its clients call it: LiteLLM's ReplicateConfig, which refers to https://replicate.com/meta/llama-2-70b-chat/api
  [
    /^meta\/llama-2-/,
    { ...basic, maxTokens: 'max_new_tokens', topK: 'top_k', seed: 'seed', stop: 'stop_sequences' },
  ],
  // A prediction of openai/gpt-4o as a user has posted it, June 2025
  [/^openai\/gpt-4/, { ...basic, ...penalties, maxTokens: 'max_completion_tokens' }],
  // https://replicate.com/google/gemini-2.5-flash
  [/^google\/gemini-/, { ...basic, system: 'system_instruction', maxTokens: 'max_output_tokens' }],
]

/** Of a model that no family takes, the commonest names. */
const others: ModelInputs = { ...llama3, seed: 'seed' }

/** `model` may name its version behind a colon. */
export function inputsOf(model: string): ModelInputs {
  return families.find(([pattern]) => pattern.test(model))?.[1] ?? others
}
