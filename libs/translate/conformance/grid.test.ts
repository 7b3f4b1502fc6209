import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireIds } from '#contract'
import { answerScenarios } from './answers.suite.ts'
import { type Case, runAnswers, runRequests } from './grid.suite.ts'
import { excuses, openFindings } from './open-findings.suite.ts'
import { callersOnly, providerModelsOf, wires } from './outcome.suite.ts'
import { requestScenarios } from './requests.suite.ts'
import { tally } from './tally.suite.ts'

/** Every scenario from every wire to every wire, whole and streamed: nothing is lost without a word. */

const cases = [...runRequests(), ...runAnswers()]

for (const caller of [...wires, ...callersOnly()]) {
  for (const provider of wires) {
    test(`${caller.id} caller, ${provider.id} provider: nothing is lost in silence, nothing is sent that a vendor refuses`, () => {
      const here = cases.filter((each) => each.caller === caller.id && each.provider === provider.id)
      assert.deepEqual(here.flatMap(faults), [])
    })
  }
}

function faults(each: Case): readonly string[] {
  const { about, scenario, model, problems } = each
  return problems
    .filter((problem) => !openFindings.some((finding) => excuses(finding, each, problem)))
    .map((problem) => `${about} "${scenario}"${model === '' ? '' : ` for ${model}`}: ${problem}`)
}

for (const finding of openFindings) {
  test(`still open: ${finding.wire}, ${finding.about} ${finding.scenario.source}: ${finding.remedy}`, () => {
    const excused = cases.some((each) => each.problems.some((problem) => excuses(finding, each, problem)))
    assert.ok(excused, 'It is mended: take it off the list.')
  })
}

const dialects = new Set(requestScenarios.filter(({ dialect }) => dialect).map(({ name }) => name))

test('a wire carries what is its own: whole, for the model that takes the most', () => {
  const told = cases
    .filter(({ caller, provider, kind }) => caller === provider && kind !== 'whole' && kind !== 'unsayable')
    .filter(({ provider, model }) => model === '' || model === providerModelsOf(provider)[0])
    .filter(({ scenario }) => !dialects.has(scenario))
  assert.deepEqual(
    told.map(({ about, scenario, caller }) => `${caller} ${about} ${scenario}`),
    [],
  )
})

/** Scenarios that name a wire that is not built yet wait for it. */
const unbuilt = wireIds.filter((id) => !wires.some((wire) => wire.id === id))

test('every scenario can be said by some wire', () => {
  const mute: string[] = []
  for (const [about, scenarios] of [
    ['request', requestScenarios],
    ['answer', answerScenarios],
  ] as const) {
    for (const { name } of scenarios) {
      const said = cases.some(
        (each) => each.about === about && each.scenario === name && each.kind !== 'unsayable',
      )
      if (!said) mute.push(`${about} ${name}`)
    }
  }
  assert.deepEqual(
    mute.filter((name) => !unbuilt.some((wire) => name.includes(wire))),
    [],
  )
})

test('the table', (context) => {
  assert.ok(cases.length > 900, `only ${cases.length} cases`)
  for (const line of [
    `${cases.length} cases; each cell: said: whole + with a warning + refused (400)`,
    ...tally(cases),
  ]) {
    context.diagnostic(line)
  }
})
