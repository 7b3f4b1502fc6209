import {
  type ModelTraits as ClaudeTraits,
  traitsOf as claudeTraitsOf,
  generationOf,
} from '../anthropic-messages/model-traits.ts'

/*
 * What the models behind this API take, by their ids (`anthropic.claude-sonnet-4-5-20250929-v1:0`, with the prefix of an
 * inference profile `us.`, `eu.`, `global.`, …, or inside an ARN). An id that names no maker (an application inference
 * profile, a provisioned model, a prompt) could be any model: then what is asked for is passed on.
 *
 *   claude            its own members (`thinking`, `top_k`) in additionalModelRequestFields, and its own rules for
 *                     sampling and system turns: see ../anthropic-messages/model-traits.ts
 *   forcedTool        `toolChoice.tool`, `toolResult.status` and images in results: "only supported by Anthropic Claude 3 and Amazon Nova
 *                     models" and those after them (@aws-sdk/client-bedrock-runtime, ToolChoice.tool, ToolResultBlock)
 *   caching           cache points: Claude and Nova, whose tools bear none; for an hour, Claude from 4.5 on,
 *                     https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 *   structuredOutput  `outputConfig.textFormat`: Claude from 4.5 on and most open-weight models,
 *                     https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 */
export type ModelTraits = {
  /** Present for Anthropic's models alone. */
  readonly claude: ClaudeTraits | undefined
  readonly forcedTool: boolean
  readonly caching: { readonly blocks: boolean; readonly tools: boolean; readonly hour: boolean }
  readonly structuredOutput: boolean
  /** Whether system turns may stand in the middle. */
  readonly systemTurns: boolean
  /** `reasoning_effort` in additionalModelRequestFields (OpenAI's open-weight models). */
  readonly reasoningEffort: boolean
  /** `top_k` in additionalModelRequestFields. */
  readonly topK: boolean
}

const maker =
  /(?:^|[./])(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|google|minimax|moonshotai?|nvidia|writer|zai|stability|luma|twelvelabs)\./

const structured =
  /qwen3|gpt-oss|deepseek\.v3|gemma-3|minimax-m2|kimi-k2|nemotron|mistral-large-3|ministral-3|magistral|voxtral/

export function traitsOf(model: string): ModelTraits {
  const name = model.toLowerCase()
  const generation = generationOf(name)
  const isClaude = generation !== undefined || name.includes('claude')
  const claude = isClaude ? claudeTraitsOf(name) : undefined
  const isKnown = maker.test(name)
  const isNova = name.includes('amazon.nova')
  return {
    claude,
    forcedTool: isClaude || isNova || !isKnown,
    caching: {
      blocks: isClaude || isNova || !isKnown,
      tools: isClaude || !isKnown,
      hour: generation === undefined ? !isKnown : generation.version >= 405,
    },
    structuredOutput: generation === undefined ? structured.test(name) : generation.version >= 405,
    systemTurns: claude?.systemTurns ?? false,
    reasoningEffort: name.includes('gpt-oss'),
    topK: isClaude || !isKnown || /(?:^|[./])mistral\./.test(name),
  }
}
