import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { JsonObject, StreamFrame, WireId } from '#contract'

/**
 * What the vendors publish of their JSON (`schemas/`, see PROVENANCE.md there), to hold what we write against. A body
 * with a member that the vendor does not know, without one that it wants, or with a wrong value is told by its path.
 */
export type VendorSchema = {
  /** What is wrong with it, nothing when nothing is. */
  request(body: unknown): readonly string[]
  response(body: unknown): readonly string[]
  frame(frame: StreamFrame): readonly string[]
}

const loaded = new Map<WireId, VendorSchema>()

/** The schema of a wire's vendor; throws when there is none. */
export function vendorSchemaOf(wire: WireId): VendorSchema {
  let schema = loaded.get(wire)
  if (schema === undefined) {
    schema = load(wire)
    loaded.set(wire, schema)
  }
  return schema
}

/** The types of a wire's vendor as they were read: `Request`, `Response`, `StreamEvent` and their `definitions`. */
export function vendorTypesOf(wire: WireId): JsonObject {
  return JSON.parse(readFileSync(new URL(`./schemas/${wire}.json`, import.meta.url), 'utf8'))
}

function load(wire: WireId): VendorSchema {
  const { definitions, ...types } = vendorTypesOf(wire)
  // `verbose` keeps the failing schema, from which the message for an `enum` is made.
  const ajv = new Ajv({ strict: false, allErrors: true, discriminator: true, verbose: true })
  const check = (name: string) => {
    let validate: ValidateFunction | undefined
    return (value: unknown) => {
      validate ??= ajv.compile({ ...(types[name] as JsonObject), definitions })
      return validate(value) ? [] : explain(validate.errors ?? [])
    }
  }
  const event = check('StreamEvent')
  return {
    request: check('Request'),
    response: check('Response'),
    frame: (frame) => {
      if (types['StreamEvent'] === undefined) return ['the wire has no streams']
      // The end mark of OpenAI's streams is no JSON.
      if (frame.data === '[DONE]') return []
      const value = JSON.parse(frame.data)
      // On Amazon's streams the kind of an event is a header, in its types the only member.
      return event(wire === 'bedrock-converse' ? { [frame.event ?? '']: value } : value)
    },
  }
}

/**
 * Readable errors: of all branches of a union that did not fit, those that fitted furthest say what is wrong. That the
 * union itself did not fit says nothing.
 */
function explain(errors: readonly ErrorObject[]): readonly string[] {
  const telling = errors.filter(
    ({ keyword }) => keyword !== 'anyOf' && keyword !== 'oneOf' && keyword !== 'if',
  )
  const depth = ({ instancePath }: ErrorObject) => instancePath.split('/').length
  const deepest = Math.max(...telling.map(depth))
  const messages = telling.filter((error) => depth(error) === deepest).map(print)
  return [...new Set(messages)].slice(0, 8)
}

function print({ instancePath, message, params, keyword, data }: ErrorObject): string {
  const where = instancePath === '' ? 'the body' : instancePath
  if (keyword === 'additionalProperties') return `${where} has no member ${params['additionalProperty']}`
  if (keyword === 'enum') return `${where} is ${JSON.stringify(data)}, not one of ${params['allowedValues']}`
  return `${where} ${message}`
}
