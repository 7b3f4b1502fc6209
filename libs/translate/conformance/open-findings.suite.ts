import type { WireId } from '#contract'
import type { Case } from './grid.suite.ts'

/**
 * What the grid found and nobody has mended yet, each with the wire at fault. An entry excuses its own problem alone; the
 * test fails when it excuses nothing any more, so that the list can only shrink.
 */
export type Finding = {
  readonly wire: WireId
  readonly about: Case['about']
  readonly scenario: RegExp
  readonly problem: RegExp
  /** What is to be done. */
  readonly remedy: string
}

export const openFindings: readonly Finding[] = [
  {
    wire: 'openai-responses',
    about: 'request',
    scenario: /service tier default/,
    problem: /\/service_tier/,
    remedy: "Google's tier `standard` is this wire's `default`.",
  },
  {
    wire: 'openai-responses',
    about: 'answer',
    scenario: /service tier/,
    problem: /service_tier/,
    remedy: "Anthropic's answered tier `standard` is this wire's `default`.",
  },
  {
    wire: 'openai-responses',
    about: 'request',
    scenario: /thought signature/,
    problem: /silent: signature/,
    remedy: 'Name the signature of a tool call that is left out.',
  },
  {
    wire: 'openai-responses',
    about: 'answer',
    scenario: /log probabilities/,
    problem: /bytes/,
    remedy: 'Events have top_logprobs of token and logprob alone; bytes are a list, never null.',
  },
  {
    wire: 'cohere-v2',
    about: 'answer',
    scenario: /log probabilities/,
    problem: /silent: log probabilities/,
    remedy: 'Name log probabilities of another shape.',
  },
  {
    wire: 'cohere-v2',
    about: 'answer',
    scenario: /log probabilities/,
    problem: /streamed 0$/,
    remedy: 'Name log probabilities in streams, too.',
  },
  {
    wire: 'openai-responses',
    about: 'answer',
    scenario: /unknown member of openai-chat/,
    problem: /streamed 0$/,
    remedy: 'Name foreign members of response-start (extensions).',
  },
  {
    wire: 'cohere-v2',
    about: 'answer',
    scenario: /unknown member of openai-chat/,
    problem: /streamed 0$/,
    remedy: 'Name foreign members of response-start (extensions).',
  },
]

export function excuses(
  finding: Finding,
  { about, scenario, caller, provider }: Case,
  problem: string,
): boolean {
  return (
    finding.about === about &&
    (finding.wire === caller || finding.wire === provider) &&
    finding.scenario.test(scenario) &&
    finding.problem.test(problem)
  )
}
