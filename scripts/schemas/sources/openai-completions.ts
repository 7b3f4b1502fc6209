import type {
  Completion,
  CompletionChoice,
  CompletionCreateParamsBase,
  CompletionUsage,
} from 'openai/resources/completions'

export type Request = CompletionCreateParamsBase
export type Response = Completion
/**
 * In a stream a choice that goes on has no reason to finish yet, and with `include_usage` every chunk but the last has a
 * `null` for usage (https://developers.openai.com/api/reference/resources/completions): the SDK has one type for both.
 */
export type StreamEvent = Omit<Completion, 'choices' | 'usage'> & {
  choices: (Omit<CompletionChoice, 'finish_reason'> & {
    finish_reason: CompletionChoice['finish_reason'] | null
  })[]
  usage?: CompletionUsage | null
}
