import type { Warning, WireId } from '#contract'
import { answerScenarios } from './answers.suite.ts'
import { crossAnswer, sayAnswer } from './cross-answer.suite.ts'
import { crossRequest, sayRequest } from './cross-request.suite.ts'
import { callersOnly, type Outcome, providerModelsOf, wires } from './outcome.suite.ts'
import { requestScenarios } from './requests.suite.ts'

/** One scenario between a caller's wire and a provider's wire; requests are sent to each of the provider's models. */
export type Case = Outcome & {
  readonly about: 'request' | 'answer'
  readonly scenario: string
  readonly caller: WireId
  readonly provider: WireId
  readonly model: string
}

/** The whole grid: every request and every answer, from every wire to every wire. */
export function runGrid(): readonly Case[] {
  return [...runRequests(), ...runAnswers()]
}

export function runRequests(): readonly Case[] {
  return [...wires, ...callersOnly()].flatMap((caller) =>
    requestScenarios.flatMap((scenario) => {
      const said = guarded(() => sayRequest(caller, scenario))
      return wires.flatMap((provider) =>
        providerModelsOf(provider.id).map((model): Case => {
          const about = {
            about: 'request',
            scenario: scenario.name,
            caller: caller.id,
            provider: provider.id,
            model,
          } as const
          if ('fault' in said) return { ...about, ...faulty(said.fault) }
          const outcome = guarded(() => crossRequest(said, { scenario, to: provider, model }))
          if ('fault' in outcome) return { ...about, ...faulty(outcome.fault) }
          return { ...about, ...outcome, problems: [...said.problems, ...outcome.problems] }
        }),
      )
    }),
  )
}

export function runAnswers(): readonly Case[] {
  return wires.flatMap((provider) =>
    answerScenarios.flatMap((scenario) => {
      const answered = guarded(() => sayAnswer(provider, scenario))
      return [...wires, ...callersOnly()].map((caller): Case => {
        const about = {
          about: 'answer',
          scenario: scenario.name,
          caller: caller.id,
          provider: provider.id,
          model: '',
        } as const
        if ('fault' in answered) return { ...about, ...faulty(answered.fault) }
        const outcome = guarded(() => crossAnswer(answered, caller))
        if ('fault' in outcome) return { ...about, ...faulty(outcome.fault) }
        return { ...about, ...outcome, problems: [...answered.problems, ...outcome.problems] }
      })
    }),
  )
}

/** A wire that throws spoils its own cases, not the grid. */
function guarded<T extends object>(act: () => T): T | { readonly fault: string } {
  try {
    return act()
  } catch (error) {
    return {
      fault:
        error instanceof Error ? `${error.message} ${error.stack?.split('\n')[1]?.trim()}` : String(error),
    }
  }
}

const faulty = (fault: string): Outcome => ({
  kind: 'unsayable',
  warnings: [],
  problems: [`threw: ${fault}`],
})

export const printWarnings = (warnings: readonly Warning[]) =>
  warnings.map(({ code, path }) => `${code}:${path}`)
