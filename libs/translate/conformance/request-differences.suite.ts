import type {
  ChatRequest,
  Json,
  JsonObject,
  ReasoningOptions,
  ResponseFormat,
  Sampling,
  Tool,
  WireId,
} from '#contract'
import { conversationDifferences } from './conversation-differences.suite.ts'
import type { Difference } from './difference.suite.ts'
import { membersOf, print } from './items.suite.ts'

/*
 * What a request means, compared before and after it went through a wire. Besides what items.suite.ts says of
 * conversations these are neutral:
 *
 *   - a default said aloud: one candidate, tool choice `auto`, parallel calls allowed, penalties of 0, no log
 *     probabilities, format `text`, `strict: false`, empty lists; choice and parallel calls without tools
 *   - a token limit where none was asked for, and an amount of reasoning, on wires that want one
 *   - how the schema of an answer is called; a schema held to more strictly than asked
 *   - the vendors' words for the usual service tier (`auto` is saying nothing); whether a stream brings usage, which the gateway decides
 *   - a tool without a schema has that of an empty object
 *   - `metadata.user_id` is the user
 *   - whether reasoning is shown, where the caller did not say; tools that must not be called
 *   - what a wire has to say to be asked as the gateway asks (`furniture`)
 *   - an effort as a budget of its band: a level says no more (a budget as a level does lose its number)
 */

/** What the wires call the members. */
const samplingNames: Readonly<Record<keyof Sampling, readonly string[]>> = {
  temperature: ['temperature'],
  topP: ['top_p', 'p'],
  topK: ['top_k', 'k'],
  frequencyPenalty: ['frequency_penalty'],
  presencePenalty: ['presence_penalty'],
  seed: ['seed'],
  stop: ['stop', 'stop_sequences'],
  maxOutputTokens: ['max_tokens', 'max_completion_tokens', 'max_output_tokens'],
  candidates: ['n', 'candidate_count'],
  logprobs: ['logprobs', 'response_logprobs', 'include', 'top_logprobs'],
  topLogprobs: ['top_logprobs', 'logprobs'],
  logitBias: ['logit_bias'],
}
const toolChoiceNames = ['tool_choice', 'tool_config', 'function_calling_config']
const parallelNames = ['parallel_tool_calls', 'disable_parallel_tool_use', ...toolChoiceNames]
const formatNames = [
  'response_format',
  'output_config',
  'text',
  'response_schema',
  'response_json_schema',
  'response_mime_type',
]
const reasoningNames = [
  'reasoning_effort',
  'thinking',
  'reasoning',
  'thinking_config',
  'effort',
  'output_config',
]

/** Members that a wire sends on the gateway's own account. */
const furniture: { readonly [wire in WireId]?: readonly string[] } = {
  // Answers are kept by the gateway; reasoning comes sealed so that it can go back.
  'openai-responses': ['store', 'include'],
  // By which the vendor says which stop sequence was met.
  'bedrock-converse': ['additionalModelResponseFieldPaths'],
}

/** A body as a caller would write it: without what the gateway says on its own account. */
export function withoutFurniture(wire: WireId, body: JsonObject): JsonObject {
  const own = Object.entries(body).flatMap(
    ([name, value]): readonly (readonly [string, Json | undefined])[] => {
      if (!furniture[wire]?.includes(name)) return [[name, value]]
      const others = Array.isArray(value)
        ? value.filter((each) => each !== 'reasoning.encrypted_content')
        : []
      return name === 'include' && others.length > 0 ? [[name, others]] : []
    },
  )
  return Object.fromEntries(own)
}

/** Wires that have no word for how strictly a schema is held to. */
const withoutStrictness: ReadonlySet<WireId> = new Set(['cohere-v2'])

/** Every difference of meaning between two canonical requests; `to` is the wire that the second was read from. */
export function differences(before: ChatRequest, after: ChatRequest, to: WireId): readonly Difference[] {
  return [
    ...conversationDifferences(before.messages, after.messages, to),
    ...samplingDifferences(before.sampling, after.sampling),
    ...toolDifferences(before, after),
    ...formatDifferences(before.responseFormat, after.responseFormat, to),
    ...reasoningDifferences(before.reasoning, after.reasoning),
    ...accountDifferences(before, after),
    ...member('stream', before.stream, after.stream, ['stream']),
    ...extensionDifferences(before, after, furniture[to]),
  ]
}

function member(
  what: string,
  before: unknown,
  after: unknown,
  names: readonly string[],
): readonly Difference[] {
  const said = JSON.stringify(before)
  const heard = JSON.stringify(after)
  return said === heard ? [] : [{ what: `${what}: ${said ?? 'none'} → ${heard ?? 'none'}`, names }]
}

function normalSampling(sampling: Sampling): { readonly [name in keyof Sampling]?: unknown } {
  const { stop, candidates, logprobs, frequencyPenalty, presencePenalty } = sampling
  return {
    ...sampling,
    stop: stop?.length === 0 ? undefined : stop,
    candidates: candidates === 1 ? undefined : candidates,
    logprobs: logprobs || undefined,
    frequencyPenalty: frequencyPenalty || undefined,
    presencePenalty: presencePenalty || undefined,
  }
}

function samplingDifferences(before: Sampling, after: Sampling): readonly Difference[] {
  const said = normalSampling(before)
  const heard = normalSampling(after)
  return (Object.keys(samplingNames) as (keyof Sampling)[]).flatMap((name) => {
    if (name === 'maxOutputTokens' && said[name] === undefined) return []
    if (name === 'stop') return stopDifferences(before.stop ?? [], after.stop ?? [])
    return member(name, said[name], heard[name], samplingNames[name])
  })
}

/** Sequence by sequence, so that one that was left out is told apart from the others. */
function stopDifferences(before: readonly string[], after: readonly string[]): readonly Difference[] {
  const lost = before.filter((sequence) => !after.includes(sequence))
  const added = after.filter((sequence) => !before.includes(sequence))
  return [...lost, ...added].map((sequence) => ({
    what: `stop sequence ${JSON.stringify(sequence)}`,
    names: samplingNames.stop,
  }))
}

function toolDifferences(before: ChatRequest, after: ChatRequest): readonly Difference[] {
  const said = before.tools ?? []
  const heard = after.tools ?? []
  const found: Difference[] = []
  const isForbidden = before.toolChoice?.type === 'none'
  const cause = toolChoiceNames
  for (const [index, tool] of said.entries()) {
    const other = heard.find((each) => toolKey(each) === toolKey(tool))
    const base = `tools[${index}]`
    if (other === undefined && isForbidden) continue
    if (other === undefined)
      found.push({ what: `lost ${toolKey(tool)}`, base, names: [], cause, whole: true })
    else found.push(...attributeDifferences(tool, other, base))
  }
  for (const tool of heard) {
    if (said.some((each) => toolKey(each) === toolKey(tool))) continue
    found.push({ what: `made up ${toolKey(tool)}`, names: [], added: true })
  }
  if (said.length === 0) return found
  const choice = ({ toolChoice }: ChatRequest) => (toolChoice?.type === 'auto' ? undefined : toolChoice)
  const parallel = ({ parallelToolCalls }: ChatRequest) => (parallelToolCalls === false ? false : undefined)
  // With `none` nothing is called, also not at once.
  if (choice(before)?.type !== 'none')
    found.push(...member('parallel calls', parallel(before), parallel(after), parallelNames))
  found.push(...member('tool choice', choice(before), choice(after), toolChoiceNames))
  return found
}

const toolKey = (tool: Tool) =>
  tool.type === 'function' ? `tool ${tool.name}` : `tool of ${tool.wire} ${print(tool.value)}`

function attributeDifferences(tool: Tool, other: Tool, base: string): readonly Difference[] {
  if (tool.type !== 'function' || other.type !== 'function') return []
  const at = (what: string, said: unknown, heard: unknown, names: readonly string[]) =>
    member(what, said, heard, names).map((difference) => ({ ...difference, base }))
  return [
    ...at('description', tool.description, other.description, ['description']),
    ...at('schema', normalSchema(tool), normalSchema(other), [
      'parameters',
      'input_schema',
      'schema',
      'inputSchema',
      'function',
    ]),
    ...at('strict', tool.strict || undefined, other.strict || undefined, ['strict', 'strict_tools']),
    ...at('cache', tool.cache && (tool.cache.ttl ?? '5m'), other.cache && (other.cache.ttl ?? '5m'), [
      'cache_control',
      'cachePoint',
      'cache',
    ]),
    ...extensionDifferences(tool, other).map((difference) => ({ ...difference, base })),
  ]
}

function normalSchema({ schema }: Extract<Tool, { type: 'function' }>): unknown {
  return { type: 'object', properties: {}, ...schema }
}

function formatDifferences(
  before: ResponseFormat | undefined,
  after: ResponseFormat | undefined,
  to: WireId,
): readonly Difference[] {
  const said = before?.type === 'text' ? undefined : before
  const heard = after?.type === 'text' ? undefined : after
  if (said?.type !== 'json-schema' || heard?.type !== 'json-schema') {
    return member('format', said?.type, heard?.type, formatNames)
  }
  const isLaxer = said.strict === true && heard.strict !== true && !withoutStrictness.has(to)
  return [
    ...member('schema of the answer', said.schema, heard.schema, formatNames),
    ...member('description of the answer', said.description, heard.description, [
      'description',
      ...formatNames,
    ]),
    ...(isLaxer ? [{ what: 'the schema is not held to strictly', names: ['strict', ...formatNames] }] : []),
  ]
}

/** How a wish for reasoning, or for none, reads when nothing is left of it. */
export const reasoningUnsaid = (enabled: boolean) => `reasoning: ${enabled} → none`

type Effort = NonNullable<ReasoningOptions['effort']>
/** Budgets from 1,024 (the least that a vendor takes) as levels: from here on the level is at least this one. */
const leastBudget: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 0,
  low: 1_024,
  medium: 4_096,
  high: 16_384,
  xhigh: 16_385,
  max: 24_577,
}

function normalReasoning(reasoning: ReasoningOptions | undefined): ReasoningOptions {
  if (reasoning === undefined) return {}
  if (reasoning.effort === 'none' || reasoning.budgetTokens === 0) return { enabled: false }
  const asked = reasoning.effort !== undefined || reasoning.budgetTokens !== undefined
  return asked && reasoning.enabled === undefined ? { ...reasoning, enabled: true } : reasoning
}

function reasoningDifferences(
  before: ReasoningOptions | undefined,
  after: ReasoningOptions | undefined,
): readonly Difference[] {
  const said = normalReasoning(before)
  const heard = normalReasoning(after)
  const sameLevel = said.effort !== undefined && said.effort === bandOf(heard, said.effort)
  return [
    ...member('reasoning', said.enabled, heard.enabled, reasoningNames),
    ...(sameLevel
      ? []
      : [
          ...member('effort', said.effort, heard.effort, reasoningNames),
          ...(isAsked(said) ? member('budget', said.budgetTokens, heard.budgetTokens, reasoningNames) : []),
        ]),
    ...(said.summary === undefined
      ? []
      : member('reasoning summary', said.summary, heard.summary, [
          ...reasoningNames,
          'display',
          'summary',
          'include_thoughts',
        ])),
  ]
}

/** Whether an amount was named, or reasoning as such. */
const isAsked = ({ enabled, effort, budgetTokens }: ReasoningOptions) =>
  enabled !== true || effort !== undefined || budgetTokens !== undefined

/** The level that a budget stands for; `wanted` decides between levels that share a band. */
function bandOf({ effort, budgetTokens }: ReasoningOptions, wanted: Effort): Effort | undefined {
  if (effort !== undefined || budgetTokens === undefined) return effort
  const levels = Object.keys(leastBudget) as Effort[]
  const next = levels[levels.indexOf(wanted) + 1]
  const below =
    next === undefined || next === 'xhigh' ? Number.POSITIVE_INFINITY : Math.max(leastBudget[next], 1_025)
  return budgetTokens >= leastBudget[wanted] && budgetTokens < below ? wanted : undefined
}

function accountDifferences(before: ChatRequest, after: ChatRequest): readonly Difference[] {
  const said = normalAccount(before)
  const heard = normalAccount(after)
  const names = new Set([...Object.keys(said.metadata), ...Object.keys(heard.metadata)])
  return [
    ...member('user', said.user, heard.user, ['user', 'user_id', 'metadata', 'safety_identifier']),
    ...[...names].flatMap((name) =>
      member(`metadata ${name}`, said.metadata[name], heard.metadata[name], [
        name,
        'metadata',
        'request_metadata',
        'labels',
      ]),
    ),
    ...tierDifferences(before.serviceTier, after.serviceTier),
    ...member('cache key', before.cacheKey, after.cacheKey, ['prompt_cache_key']),
    ...member('cache', before.cache && (before.cache.ttl ?? '5m'), after.cache && (after.cache.ttl ?? '5m'), [
      'cache_control',
      'cache',
    ]),
  ]
}

function tierDifferences(before: string | undefined, after: string | undefined): readonly Difference[] {
  const isUsual = (tier: string | undefined) => tier === undefined || usualTiers.has(tier)
  const found = member('service tier', before, after, ['service_tier'])
  return isUsual(before) && isUsual(after) ? found.map((each) => ({ ...each, neutral: true })) : found
}

const usualTiers: ReadonlySet<string> = new Set(['auto', 'default', 'standard', 'standard_only'])

function normalAccount({ user, metadata }: ChatRequest) {
  const { user_id: userOfMetadata, ...others } = metadata ?? {}
  return {
    user: user ?? userOfMetadata,
    metadata: others,
  }
}

type Extended = Pick<ChatRequest, 'extensions'>

/** Members that only one wire knows: all of them must be found again, or be told. */
function extensionDifferences(
  before: Extended,
  after: Extended,
  made: readonly string[] = [],
): readonly Difference[] {
  const said = membersOf(before.extensions)
  const heard = membersOf(after.extensions)
  const isAmong = (pairs: typeof said, [name, value]: (typeof said)[number]) =>
    pairs.some((pair) => pair[0] === name && pair[1] === value)
  return [
    ...said
      .filter((pair) => !isAmong(heard, pair))
      .map(([name]) => ({ what: `member ${name}`, names: [name] })),
    ...heard
      .filter((pair) => !isAmong(said, pair) && !made.includes(pair[0]))
      .map(([name]) => ({ what: `made up member ${name}`, names: [name], added: true }) as const),
  ]
}
