import type {
  CallerWire,
  ChatRequest,
  ChatWire,
  Json,
  JsonObject,
  ProviderWire,
  Warning,
  WireId,
} from '#contract'
import { vendorSchemaOf } from '#testing'
import { unexplained } from './difference.suite.ts'
import { asRefusal, callerModelOf, goesWithoutSaying, type Outcome, overTheWire } from './outcome.suite.ts'
import { differences, withoutFurniture } from './request-differences.suite.ts'
import type { RequestScenario } from './request-scenario.suite.ts'

/** What a caller said in its wire and what we read of it; nothing where the wire cannot say it. */
export type Said = {
  readonly request: ChatRequest | undefined
  readonly warnings: readonly Warning[]
  readonly problems: readonly string[]
}

const unsayable: Said = { request: undefined, warnings: [], problems: [] }

/** The scenario as a caller of `wire` would write it, read by us. */
export function sayRequest(wire: CallerWire & Partial<ChatWire>, scenario: RequestScenario): Said {
  const written = writeRequest(wire, scenario)
  if (written === undefined) return unsayable
  const model = callerModelOf(wire.id)
  const problems = schemaProblems(wire.id, written.body, scenario)
  const decoded = wire.decodeRequest(overTheWire(written.body), { model, stream: scenario.request.stream })
  const { request } = decoded
  if (scenario.bodies?.[wire.id] === undefined) {
    const told = [...written.warnings, ...decoded.warnings]
    problems.push(...unexplained(differences(scenario.request, request, wire.id), told))
  }
  return {
    request: overTheWire(request),
    warnings: decoded.warnings,
    problems: problems.map((problem) => `caller: ${problem}`),
  }
}

function writeRequest(wire: CallerWire & Partial<ChatWire>, scenario: RequestScenario) {
  const body = scenario.bodies?.[wire.id]
  if (body !== undefined) return { body, warnings: [] }
  if (wire.encodeRequest === undefined) return undefined
  try {
    const encoded = wire.encodeRequest(overTheWire(scenario.request), {
      model: callerModelOf(wire.id),
      quirks: {},
    })
    if (encoded.warnings.some(({ code }) => code === 'unsupported')) return undefined
    return { ...encoded, body: withoutFurniture(wire.id, encoded.body) }
  } catch (error) {
    asRefusal(error)
    return undefined
  }
}

/** What the provider's wire makes of what was said, for one of its models. */
export function crossRequest(
  said: Said,
  options: {
    readonly scenario: RequestScenario
    readonly to: ProviderWire & CallerWire
    readonly model: string
  },
): Outcome {
  const { scenario, to, model } = options
  const { request } = said
  if (request === undefined) return { kind: 'unsayable', warnings: [], problems: [] }
  let body: JsonObject
  let warnings: readonly Warning[]
  try {
    const encoded = to.encodeRequest(overTheWire(request), { model, quirks: {} })
    body = encoded.body
    warnings = [...said.warnings, ...encoded.warnings]
  } catch (error) {
    const { param, message } = asRefusal(error)
    const problems = scenario.mayRefuse === true && param !== undefined ? [] : [`refused: ${message}`]
    return { kind: 'refused', warnings: [], problems }
  }
  const text = JSON.stringify(body)
  const sent = JSON.parse(text) as JsonObject
  const again = to.decodeRequest(sent, { model, stream: request.stream }).request
  const found = differences(request, again, to.id).filter((each) => !goesWithoutSaying(each, model))
  const problems = [
    ...schemaProblems(to.id, sent, scenario),
    ...unexplained(found, warnings),
    ...lostLetters(request, text, scenario),
  ]
  return { kind: warnings.length === 0 ? 'whole' : 'warning', warnings, problems }
}

function schemaProblems(wire: WireId, body: JsonObject, { strangers }: RequestScenario): string[] {
  const problems = vendorSchemaOf(wire).request(overTheWire<Json>(body))
  return problems
    .filter((problem) => !strangers?.some((name) => problem.endsWith(`no member ${name}`)))
    .map((problem) => `the vendor refuses: ${problem}`)
}

/** What was read letter by letter must be sent so. */
function lostLetters(request: ChatRequest, text: string, { verbatim }: RequestScenario): readonly string[] {
  const read = JSON.stringify(request)
  return (verbatim ?? [])
    .filter((letters) => read.includes(letters) && !text.includes(letters))
    .map((letters) => `${letters} is not written as it was`)
}
