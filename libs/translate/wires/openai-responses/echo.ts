import type { ChatRequest, ChatResponse, JsonObject } from '#contract'
import { asObject } from '../../narrow.ts'
import { createWarnings } from '../../warnings.ts'
import { instructionsOf } from './encode-request.ts'
import { encodeFormat, encodeToolChoice, encodeTools } from './encode-tools.ts'
import { encodeOwnMembers } from './request-members.ts'

/** The members of a Response that repeat the request (openai 7.57.0, Response). A provider's own are passed over. */
export const echoed: ReadonlySet<string> = new Set([
  ...['background', 'instructions', 'max_output_tokens', 'max_tool_calls', 'metadata', 'parallel_tool_calls'],
  ...['previous_response_id', 'prompt', 'prompt_cache_key', 'prompt_cache_options', 'prompt_cache_retention'],
  ...[
    'reasoning',
    'safety_identifier',
    'service_tier',
    'store',
    'temperature',
    'text',
    'tool_choice',
    'tools',
  ],
  ...['top_logprobs', 'top_p', 'truncation', 'user', 'frequency_penalty', 'presence_penalty'],
])

/** The vendor's defaults of its own members. */
const ownDefaults: JsonObject = {
  background: false,
  max_tool_calls: null,
  previous_response_id: null,
  store: true,
  truncation: 'disabled',
}

/** What the request said, with the vendor's defaults where it said nothing. */
export function encodeEcho(request: ChatRequest, serviceTier: ChatResponse['serviceTier']): JsonObject {
  const own = encodeOwnMembers(request.extensions) ?? {}
  return {
    access_programs: null,
    instructions: instructionsOf(request.messages) ?? null,
    metadata: request.metadata ?? {},
    prompt_cache_key: request.cacheKey ?? null,
    safety_identifier: request.user ?? null,
    service_tier: serviceTier ?? 'default',
    ...encodeSampling(request),
    ...encodeTooling(request),
    ...encodeThought(request, own),
    ...Object.fromEntries(
      Object.entries(ownDefaults).map(([name, value]) => [name, own[name] ?? value] as const),
    ),
  }
}

function encodeSampling({ sampling }: ChatRequest): JsonObject {
  return {
    max_output_tokens: sampling.maxOutputTokens ?? null,
    temperature: sampling.temperature ?? 1,
    top_logprobs: sampling.topLogprobs ?? 0,
    top_p: sampling.topP ?? 1,
  }
}

function encodeTooling({
  tools = [],
  toolChoice = { type: 'auto' },
  parallelToolCalls,
}: ChatRequest): JsonObject {
  // What the request could not carry has been told already.
  const unheard = createWarnings()
  return {
    parallel_tool_calls: parallelToolCalls ?? true,
    tool_choice: encodeToolChoice(toolChoice, unheard) ?? 'auto',
    tools: encodeTools(tools, true, unheard),
  }
}

function encodeThought({ reasoning, responseFormat }: ChatRequest, own: JsonObject): JsonObject {
  const { effort = null, summary = null } = reasoning ?? {}
  return {
    reasoning: { effort, summary, ...asObject(own['reasoning']) },
    text: { format: encodeFormat(responseFormat ?? { type: 'text' }), ...asObject(own['text']) },
  }
}
