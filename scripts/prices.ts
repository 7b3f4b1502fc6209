/**
 * Writes `libs/prices/data/prices.json` from LiteLLM's list of prices (MIT; `libs/prices/PROVENANCE.md` says where it is
 * from). Only what a cost is computed from is kept: prices per token of chat and embedding models of the providers that the
 * gateway knows.
 *
 *   node scripts/prices.ts <model_prices_and_context_window.json> <its version> <the day it was taken, YYYY-MM-DD> <LICENSE>
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { registered } from '#providers/catalogue'

/** One entry of the list, as far as it is read. */
type Listed = Readonly<Record<string, unknown>>

type Mapping = {
  /** Our provider id. */
  readonly provider: string
  /** What `litellm_provider` says; a `*` at its end stands for anything. Earlier ones win. */
  readonly listedAs: readonly string[]
  /** Taken off the model's name; a name without it is left out where `required`. */
  readonly prefixes: readonly string[]
  readonly required?: true
  /** Names never hold a slash: what does is a region or a commitment, which a target does not name. */
  readonly plain?: true
}

const mappings: readonly Mapping[] = [
  { provider: 'openai', listedAs: ['openai', 'text-completion-openai'], prefixes: [], plain: true },
  { provider: 'anthropic', listedAs: ['anthropic'], prefixes: [], plain: true },
  // Claude in Foundry is asked of the same resource.
  {
    provider: 'azure',
    listedAs: ['azure', 'azure_text', 'azure_ai'],
    prefixes: ['azure/', 'azure_ai/'],
    required: true,
    plain: true,
  },
  { provider: 'bedrock', listedAs: ['bedrock_converse', 'bedrock'], prefixes: ['bedrock/'], plain: true },
  { provider: 'vertex', listedAs: ['vertex_ai*'], prefixes: ['vertex_ai/'] },
  { provider: 'gemini', listedAs: ['gemini'], prefixes: ['gemini/'], required: true },
  { provider: 'cohere', listedAs: ['cohere_chat', 'cohere'], prefixes: ['cohere/'] },
  { provider: 'mistral', listedAs: ['mistral'], prefixes: ['mistral/'], required: true },
  { provider: 'groq', listedAs: ['groq'], prefixes: ['groq/'], required: true },
  { provider: 'cerebras', listedAs: ['cerebras'], prefixes: ['cerebras/'], required: true },
  {
    provider: 'fireworks',
    listedAs: ['fireworks_ai', 'fireworks_ai-embedding-models'],
    prefixes: ['fireworks_ai/'],
    required: true,
  },
  { provider: 'openrouter', listedAs: ['openrouter'], prefixes: ['openrouter/'], required: true },
  { provider: 'perplexity', listedAs: ['perplexity'], prefixes: ['perplexity/'], required: true },
  { provider: 'xai', listedAs: ['xai'], prefixes: ['xai/'], required: true },
  { provider: 'nebius', listedAs: ['nebius'], prefixes: ['nebius/'], required: true },
  { provider: 'huggingface', listedAs: ['huggingface'], prefixes: ['huggingface/'], required: true },
  { provider: 'together', listedAs: ['together_ai'], prefixes: ['together_ai/'], required: true },
  { provider: 'deepseek', listedAs: ['deepseek'], prefixes: ['deepseek/'] },
  { provider: 'replicate', listedAs: ['replicate'], prefixes: ['replicate/'], required: true },
]

const modes: ReadonlySet<unknown> = new Set(['chat', 'completion', 'responses', 'embedding'])

/** Our member → the list's. */
const members = {
  input: 'input_cost_per_token',
  output: 'output_cost_per_token',
  cacheRead: 'cache_read_input_token_cost',
  cacheWrite: 'cache_creation_input_token_cost',
  reasoning: 'output_cost_per_reasoning_token',
  audioInput: 'input_cost_per_audio_token',
  audioOutput: 'output_cost_per_audio_token',
} as const
const longMembers = ['input', 'output', 'cacheRead', 'cacheWrite'] as const

type Prices = Record<string, number | Record<string, number>>

/** US dollars per million tokens, freed of what binary fractions add. */
function perMillion(value: unknown): number | undefined {
  return typeof value === 'number' ? Number((value * 1e6).toPrecision(9)) : undefined
}

function pricesOf(listed: Listed): Prices | undefined {
  const input = perMillion(listed[members.input])
  const output = perMillion(listed[members.output]) ?? 0
  // Free of charge is what the list says where it does not know, or where the price is not per token.
  if (input === undefined || input + output === 0) return undefined
  const prices: Prices = { input, output }
  for (const [name, member] of Object.entries(members).slice(2)) {
    const value = perMillion(listed[member])
    const isSaid = value !== undefined && !(name === 'cacheWrite' && value === 0)
    if (isSaid && !(name === 'reasoning' && value === output)) prices[name] = value
  }
  const long = longPrices(listed)
  return long === undefined ? prices : { ...prices, long }
}

/** Prices of a request whose input is longer than a number of tokens: the first step, where there are several. */
function longPrices(listed: Listed): Record<string, number> | undefined {
  const steps = Object.keys(listed).flatMap(
    (name) => /^input_cost_per_token_above_(\d+)k_tokens$/.exec(name)?.[1] ?? [],
  )
  const [first] = steps.map(Number).toSorted((a, b) => a - b)
  if (first === undefined) return undefined
  const long: Record<string, number> = { aboveTokens: first * 1000 }
  for (const name of longMembers) {
    const value = perMillion(listed[`${members[name]}_above_${first}k_tokens`])
    if (value !== undefined) long[name] = value
  }
  return long
}

/** The model's name as a target has it. */
function nameOf(key: string, { prefixes, required, plain }: Mapping): string | undefined {
  const prefix = prefixes.find((each) => key.startsWith(each))
  if (prefix === undefined && required) return undefined
  const name = key.slice(prefix?.length ?? 0)
  return plain && name.includes('/') ? undefined : name
}

function isListedAs(pattern: string, provider: unknown): boolean {
  if (typeof provider !== 'string') return false
  return pattern.endsWith('*') ? provider.startsWith(pattern.slice(0, -1)) : provider === pattern
}

function modelsOf(list: Readonly<Record<string, Listed>>, mapping: Mapping): ReadonlyMap<string, Prices> {
  const models = new Map<string, Prices>()
  for (const pattern of mapping.listedAs) {
    for (const [key, listed] of Object.entries(list)) {
      if (!isListedAs(pattern, listed['litellm_provider']) || !modes.has(listed['mode'])) continue
      const name = nameOf(key, mapping)
      const prices = pricesOf(listed)
      if (name !== undefined && prices !== undefined && !models.has(name)) models.set(name, prices)
    }
  }
  return new Map([...models].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** One model a line, so that a newer list shows as a readable difference. */
function print(
  head: Readonly<Record<string, string>>,
  providers: ReadonlyMap<string, ReadonlyMap<string, Prices>>,
): string {
  const facts = Object.entries(head).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  )
  const blocks = [...providers].map(([provider, models]) => {
    const lines = [...models].map(
      ([model, prices]) => `      ${JSON.stringify(model)}: ${JSON.stringify(prices)}`,
    )
    return `    ${JSON.stringify(provider)}: {\n${lines.join(',\n')}\n    }`
  })
  return `{\n${facts.join('')}  "providers": {\n${blocks.join(',\n')}\n  }\n}\n`
}

const [listPath, version, date, licensePath] = process.argv.slice(2)
if (listPath === undefined || version === undefined || date === undefined || licensePath === undefined) {
  throw new Error('Usage: node scripts/prices.ts <list.json> <version> <YYYY-MM-DD> <LICENSE>')
}
const list: Readonly<Record<string, Listed>> = JSON.parse(readFileSync(listPath, 'utf8'))
const license = readFileSync(licensePath, 'utf8')
const providers = new Map<string, ReadonlyMap<string, Prices>>()
for (const mapping of mappings) {
  if (!registered.has(mapping.provider)) throw new Error(`${mapping.provider} is no provider of the gateway`)
  const models = modelsOf(list, mapping)
  if (models.size > 0) providers.set(mapping.provider, models)
  console.log(`${mapping.provider}: ${models.size} models`)
}
const head = {
  source: `LiteLLM ${version}, model_prices_and_context_window.json (github.com/BerriAI/litellm)`,
  date,
  unit: 'US dollars per million tokens',
  license: license.slice(license.indexOf('MIT License')).trim(),
}
writeFileSync(join(import.meta.dirname, '..', 'libs/prices/data/prices.json'), print(head, providers))
