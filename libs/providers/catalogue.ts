/**
 * Front door `#providers/catalogue`: the vendors' plain data, free of sockets and signing code, so that config and both
 * apps may read it and routing can be handed it.
 */
import { anthropic } from './anthropic/index.ts'
import { azure } from './azure/index.ts'
import { bedrock } from './bedrock/index.ts'
import { cerebras } from './cerebras/index.ts'
import { cohere } from './cohere/index.ts'
import { type CustomProvider, customFacts } from './custom.ts'
import { deepseek } from './deepseek/index.ts'
import { elevenlabs } from './elevenlabs/index.ts'
import { fireworks } from './fireworks/index.ts'
import { gemini } from './gemini/index.ts'
import { groq } from './groq/index.ts'
import { huggingface } from './huggingface/index.ts'
import { mistral } from './mistral/index.ts'
import { nebius } from './nebius/index.ts'
import { ollama } from './ollama/index.ts'
import { openai } from './openai/index.ts'
import { openrouter } from './openrouter/index.ts'
import { parasail } from './parasail/index.ts'
import { perplexity } from './perplexity/index.ts'
import { replicate } from './replicate/index.ts'
import { sgl } from './sgl/index.ts'
import { together } from './together/index.ts'
import type { ProviderFacts } from './types.ts'
import { vertex } from './vertex/index.ts'
import { vllm } from './vllm/index.ts'
import { xai } from './xai/index.ts'

export { chooseEndpoint } from './choose-endpoint.ts'
export { type CustomProvider, requestTypes } from './custom.ts'
export { type KnownModels, knownModels } from './model-names.ts'
export type {
  AuthScheme,
  Endpoint,
  Identity,
  KeyConfigMember,
  Place,
  ProviderCredential,
  ProviderFacts,
} from './types.ts'

const vendors: readonly ProviderFacts[] = [
  openai,
  anthropic,
  azure,
  bedrock,
  vertex,
  gemini,
  cohere,
  mistral,
  groq,
  cerebras,
  fireworks,
  openrouter,
  perplexity,
  xai,
  nebius,
  parasail,
  huggingface,
  together,
  deepseek,
  replicate,
  elevenlabs,
  ollama,
  sgl,
  // The project's own name for the same server; both ids are in use.
  { ...sgl, id: 'sglang' },
  vllm,
]

/** Every provider id that the gateway knows without being told, with its vendor's facts. */
export const registered: ReadonlyMap<string, ProviderFacts> = new Map(
  vendors.map((facts) => [facts.id, facts]),
)

/**
 * The facts of a configured provider: a registered one's own, or for a custom one those of the vendor that it names as
 * its base. `undefined` when neither is known.
 */
export function factsOf(id: string, custom?: CustomProvider): ProviderFacts | undefined {
  if (custom === undefined) return registered.get(id)
  const base = registered.get(custom.baseProviderType)
  return base === undefined ? undefined : customFacts(id, base, custom)
}
