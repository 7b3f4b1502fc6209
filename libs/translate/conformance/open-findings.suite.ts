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
    wire: 'bedrock-converse',
    about: 'answer',
    scenario: /service tier/,
    problem: /serviceTier/,
    remedy: "Anthropic's answered tier `standard` is this wire's `default`.",
  },
  {
    wire: 'bedrock-converse',
    about: 'request',
    scenario: /thought signature/,
    problem: /silent: signature/,
    remedy: 'Name the signature of a tool call that is left out.',
  },
  {
    wire: 'gemini-generate',
    about: 'answer',
    scenario: /log probabilities/,
    problem: /silent: log probabilities/,
    remedy: 'Carry or name log probabilities.',
  },
  {
    wire: 'bedrock-converse',
    about: 'answer',
    scenario: /log probabilities/,
    problem: /silent: log probabilities/,
    remedy: 'Name log probabilities, which this wire has no place for.',
  },
  {
    wire: 'bedrock-converse',
    about: 'answer',
    scenario: /unknown member of openai-chat/,
    problem: /streamed 0$/,
    remedy: 'Name foreign members of response-start (extensions).',
  },
  {
    wire: 'gemini-generate',
    about: 'answer',
    scenario: /reasoning/,
    problem: /streamed 0$|false alarm: unsupported:content\[\d\]\.(?:summary|encrypted_content)/,
    remedy: "A Responses item's summary and encrypted_content are carried as text and signature: no loss.",
  },
  {
    wire: 'bedrock-converse',
    about: 'answer',
    scenario: /redacted reasoning/,
    problem: /silent: signature/,
    remedy: 'Reasoning without text but with a signature loses it.',
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
