/**
 * TypeScript types → strict JSON Schema (draft 2020-12 as far as Ajv's default draft reads it, too): what a vendor's SDK
 * says of the vendor's JSON, as data that a test can check a body against.
 *
 *   object, interface, class   `additionalProperties: false`; methods and accessors are not JSON and are left out
 *   a member of type `never`   does not exist
 *   index signature            `additionalProperties: <schema>`
 *   union                      literals become one `enum`; objects that one member tells apart become a `discriminator`
 *   `string & {}`, templates   any string
 *   Uint8Array, Date           a string, as JSON carries them
 *   unknown, any, open unions  anything
 */
import ts from 'typescript'

export type Schema = { [keyword: string]: unknown }

export type Definitions = Record<string, Schema>

type State = {
  readonly checker: ts.TypeChecker
  readonly definitions: Definitions
  readonly names: Map<ts.Type, string>
}

/** Turns types of one program into schemas that share their definitions (`#/definitions/<name>`). */
export function createTypeConverter(checker: ts.TypeChecker): {
  readonly definitions: Definitions
  convert(type: ts.Type): Schema
} {
  const state: State = { checker, definitions: {}, names: new Map() }
  return { definitions: state.definitions, convert: (type) => convert(state, type) ?? {} }
}

/** Names of types whose JSON is not their members. */
const asStrings = new Set(['Uint8Array', 'Date', 'Blob', 'NodeJsRuntimeStreamingBlobPayloadInputTypes'])
/** TypeScript's own helpers, whose names say nothing of what they made. */
const helpers = new Set(['Record', 'Omit', 'Pick', 'Partial', 'Required', 'Readonly'])
const asAnything = new Set(['DocumentType', '__DocumentType', 'JsonValue', 'Object'])

/** `undefined` for what JSON cannot hold. */
function convert(state: State, type: ts.Type): Schema | undefined {
  if (asAnything.has(type.aliasSymbol?.name ?? '')) return {}
  if (type.flags & nothing) return undefined
  if (type.isUnion()) return convertUnion(state, type.types)
  if (type.isIntersection() && type.types.some((part) => part.flags & ts.TypeFlags.StringLike)) {
    return { type: 'string' }
  }
  const literal = literalOf(state, type)
  if (literal !== undefined) return { enum: [literal] }
  const plain = plainSchemas.find(([flags]) => type.flags & flags)
  return plain === undefined ? convertObject(state, type) : { ...plain[1] }
}

const nothing = ts.TypeFlags.Never | ts.TypeFlags.Undefined | ts.TypeFlags.Void

const plainSchemas: readonly (readonly [ts.TypeFlags, Schema])[] = [
  [ts.TypeFlags.Any | ts.TypeFlags.Unknown, {}],
  [ts.TypeFlags.Null, { type: 'null' }],
  [ts.TypeFlags.BooleanLike, { type: 'boolean' }],
  [ts.TypeFlags.StringLike, { type: 'string' }],
  [ts.TypeFlags.NumberLike, { type: 'number' }],
  [ts.TypeFlags.BigIntLike, { type: 'integer' }],
  [ts.TypeFlags.NonPrimitive, { type: 'object' }],
]

function literalOf(state: State, type: ts.Type): string | number | boolean | undefined {
  if (type.isStringLiteral() || type.isNumberLiteral()) return type.value
  if (type.flags & ts.TypeFlags.BooleanLiteral) return state.checker.typeToString(type) === 'true'
  return undefined
}

function convertObject(state: State, type: ts.Type): Schema | undefined {
  const { checker } = state
  const name = type.symbol?.name ?? ''
  if (asStrings.has(name)) return { type: 'string' }
  if (asAnything.has(name)) return {}
  if (checker.isArrayType(type) || checker.isTupleType(type)) {
    const items = checker.getTypeArguments(type as ts.TypeReference).map((item) => convert(state, item) ?? {})
    return { type: 'array', items: items.length > 1 ? { anyOf: items } : (items[0] ?? {}) }
  }
  if (type.getCallSignatures().length > 0) return undefined
  const known = state.names.get(type)
  if (known !== undefined) return reference(known)
  const given = type.aliasSymbol?.name ?? name
  if (given === '' || given.startsWith('__') || helpers.has(given)) return convertMembers(state, type)
  const unique = uniqueName(state, type, given)
  state.names.set(type, unique)
  state.definitions[unique] = {}
  state.definitions[unique] = convertMembers(state, type)
  return reference(unique)
}

function reference(name: string): Schema {
  return { $ref: `#/definitions/${name}` }
}

/** `Namespace.Name`, or numbered where two types share it. */
function uniqueName(state: State, type: ts.Type, given: string): string {
  const symbol = type.aliasSymbol ?? type.symbol
  const qualified = state.checker
    .getFullyQualifiedName(symbol)
    .replace(/^".*"\./, '')
    .replace(/[^\w.]/g, '')
  let name = qualified === '' ? given : qualified
  for (let number = 2; name in state.definitions; number += 1) name = `${qualified}${number}`
  return name
}

function convertMembers(state: State, type: ts.Type): Schema {
  const { checker } = state
  const properties: Record<string, Schema> = {}
  const required: string[] = []
  for (const member of checker.getPropertiesOfType(type)) {
    if (member.flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Accessor)) continue
    if (member.name.startsWith('__@')) continue
    const schema = convert(state, checker.getTypeOfSymbol(member))
    if (schema === undefined) continue
    properties[member.name] = schema
    if (!(member.flags & ts.SymbolFlags.Optional)) required.push(member.name)
  }
  const others = checker.getIndexInfosOfType(type)[0]
  const additional = others === undefined ? false : (convert(state, others.type) ?? false)
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    additionalProperties: additional,
  }
}

function convertUnion(state: State, types: readonly ts.Type[]): Schema | undefined {
  const literals: unknown[] = []
  const objects: ts.Type[] = []
  const branches: Schema[] = []
  for (const type of types.filter((each) => !isOpenMember(each))) {
    const literal = literalOf(state, type)
    if (literal !== undefined) literals.push(literal)
    else if (type.flags & ts.TypeFlags.Object && !state.checker.isArrayType(type)) objects.push(type)
    else branches.push(...[convert(state, type)].filter((schema) => schema !== undefined))
  }
  branches.push(...convertLiterals(literals), ...convertObjects(state, objects))
  return branches.length > 1 ? { anyOf: branches } : branches[0]
}

function convertLiterals(literals: readonly unknown[]): readonly Schema[] {
  const others = literals.filter((value) => typeof value !== 'boolean')
  if (literals.length - others.length < 2) return literals.length === 0 ? [] : [{ enum: literals }]
  return others.length === 0 ? [{ type: 'boolean' }] : [{ type: 'boolean' }, { enum: others }]
}

/** The member by which Amazon's unions say that more may come: nothing that we may send. */
function isOpenMember(type: ts.Type): boolean {
  const unknown = type.getProperty('$unknown')
  return unknown !== undefined && !(unknown.flags & ts.SymbolFlags.Optional)
}

/** The objects of a union, as one schema where a member tells them apart: then a wrong one is told by name. */
function convertObjects(state: State, objects: readonly ts.Type[]): readonly Schema[] {
  const schemas = objects.map((type) => convert(state, type)).filter((schema) => schema !== undefined)
  const [first] = objects
  if (first === undefined || schemas.length < 2 || schemas.length !== objects.length) return schemas
  const names = state.checker.getPropertiesOfType(first).map(({ name }) => name)
  const tag = names.find((name) => tellsApart(state, name, objects))
  return tag === undefined
    ? schemas
    : [{ type: 'object', discriminator: { propertyName: tag }, oneOf: schemas }]
}

function tellsApart(state: State, name: string, objects: readonly ts.Type[]): boolean {
  const seen = new Set<unknown>()
  for (const type of objects) {
    const member = type.getProperty(name)
    if (member === undefined || member.flags & ts.SymbolFlags.Optional) return false
    const value = state.checker.getTypeOfSymbol(member)
    for (const each of value.isUnion() ? value.types : [value]) {
      if (!each.isStringLiteral() || seen.has(each.value)) return false
      seen.add(each.value)
    }
  }
  return true
}
