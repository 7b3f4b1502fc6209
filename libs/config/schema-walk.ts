import { isJsonObject, type Json } from '#contract'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import schema from './schema.json' with { type: 'json' }
import { ignoredKeyword, lenientKeyword, notYetKeyword } from './schema-keywords.ts'

/** The parts of JSON Schema that the config's schema is made of. */
export type SchemaNode = {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly [ignoredKeyword]?: string
  readonly [notYetKeyword]?: string
  readonly [lenientKeyword]?: boolean
}

const root: SchemaNode = schema

/** The schema of what stands at `path`, or `undefined` where the schema says nothing. */
export function schemaAt(path: Path): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>((node, segment) => childOf(node, segment), root)
}

function childOf(node: SchemaNode | undefined, segment: string | number): SchemaNode | undefined {
  if (node === undefined) return undefined
  if (node.anyOf !== undefined) {
    return node.anyOf.map((branch) => childOf(branch, segment)).find((child) => child !== undefined)
  }
  if (typeof segment === 'number') return node.items
  if (node.properties !== undefined && Object.hasOwn(node.properties, segment))
    return node.properties[segment]
  return Object.values(node.patternProperties ?? {})[0]
}

/** Whether what stands at `path` is not even read, or read by code that forgives what is wrong in it. */
export function isIgnored(path: Path): boolean {
  const schema = schemaAt(path)
  return schema?.[ignoredKeyword] !== undefined || schema?.[lenientKeyword] === true
}

/** Names every member of the file that is accepted but does nothing, once, by its outermost path. */
export function warnOfIgnored(file: Json, findings: Findings): void {
  const visit = (value: Json | undefined, path: Path): void => {
    const schema = schemaAt(path)
    const reason = schema?.[ignoredKeyword] ?? schema?.[notYetKeyword]
    if (reason !== undefined) findings.warning(path, reason)
    else for (const [name, item] of membersOf(value)) visit(item, [...path, name])
  }
  visit(file, [])
}

function membersOf(value: Json | undefined): readonly (readonly [string | number, Json | undefined])[] {
  if (Array.isArray(value)) return value.map((item: Json, index) => [index, item])
  return isJsonObject(value) ? Object.entries(value) : []
}
