import Type, { type TProperties, type TSchema, type TSchemaOptions } from 'typebox'
import { ignoredKeyword, lenientKeyword, notYetKeyword } from './schema-keywords.ts'

/** An object whose unknown members are errors. */
export function strictObject<Properties extends TProperties>(
  properties: Properties,
  options: TSchemaOptions = {},
) {
  return Type.Object(properties, { ...options, additionalProperties: false })
}

/** A member of the documented schema that this gateway lacks: any value passes, with a warning that says `message`. */
export function ignored(message: string) {
  return Type.Optional(Type.Unknown({ description: message, [ignoredKeyword]: message }))
}

/** A member that is used where it can be read, and named in a warning where it cannot. */
export function lenient(options: TSchemaOptions) {
  return Type.Optional(Type.Unknown({ ...options, [lenientKeyword]: true }))
}

/** Several members that are ignored for the same reason. */
export function ignoredMembers<Name extends string>(names: readonly Name[], message: string) {
  const entries = names.map((name) => [name, ignored(message)] as const)
  return Object.fromEntries(entries) as Record<Name, ReturnType<typeof ignored>>
}

/** A member of our own that the build reads and checks but does not act on yet. */
export function notYet<Schema extends TSchema>(schema: Schema, message: string): Schema {
  return { ...schema, [notYetKeyword]: message }
}

/** Members by the names that the file gives them. */
export function record<Value extends TSchema>(value: Value, options: TSchemaOptions = {}) {
  return Type.Record(Type.String(), value, options)
}

export function seconds(description: string, defaultValue: number) {
  return Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: 86_400, default: defaultValue, description }),
  )
}

export function milliseconds(description: string, defaultValue: number) {
  return Type.Optional(Type.Number({ minimum: 0, maximum: 600_000, default: defaultValue, description }))
}
