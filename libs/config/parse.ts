import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import type { Json } from '#contract'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'

/**
 * Reads JSON with comments and trailing commas. Syntax errors and members given twice become problems; the value is
 * `undefined` when there is no telling what the file says.
 */
export function parseConfigText(text: string, findings: Findings): Json | undefined {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  const errors: ParseError[] = []
  const root = parseTree(source, errors, { allowTrailingComma: true })
  // What the parser stumbles over after the first error mostly follows from it.
  const [first] = errors
  if (first !== undefined) {
    findings.problem(position(source, first.offset), `is not JSON here: ${explanation(first)}.`)
  }
  if (root === undefined && errors.length === 0)
    findings.problem('the file', 'is empty; write a JSON object.')
  return root === undefined || errors.length > 0 ? undefined : readNode(root, [], findings)
}

function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

/** `CommaExpected` → `comma expected`. */
function explanation(error: ParseError): string {
  const words = printParseErrorCode(error.error).replaceAll(/([a-z])([A-Z])/g, '$1 $2')
  return words.toLowerCase()
}

function readNode(node: Node, path: Path, findings: Findings): Json {
  if (node.type === 'array') {
    return (node.children ?? []).map((child, index) => readNode(child, [...path, index], findings))
  }
  if (node.type !== 'object') return node.value as Json
  const members = new Map<string, Json>()
  for (const { children } of node.children ?? []) {
    const [name, value] = children ?? []
    if (name === undefined || value === undefined) continue
    const memberPath = [...path, String(name.value)]
    if (members.has(String(name.value))) findings.problem(memberPath, 'is given twice; keep one of the two.')
    members.set(String(name.value), readNode(value, memberPath, findings))
  }
  // fromEntries defines own members, so that one named "__proto__" is a member like any other.
  return Object.fromEntries(members)
}
