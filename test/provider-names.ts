/** Looks through source text for places that tell one provider from another by its name. */
import ts from 'typescript'

export type NameCheck = {
  readonly path: string
  readonly text: string
  /** Ids of the providers. */
  readonly ids: ReadonlySet<string>
  /** The provider whose own file this is. */
  readonly own?: string
  /** Ids that are names of something else too, and may be keys of objects as such. */
  readonly alsoSurfaces: ReadonlySet<string>
}

const equality = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.InKeyword,
])
const asking = new Set('includes has get startsWith endsWith indexOf localeCompare equal'.split(' '))

/** `path:line: text` of every comparison with a provider's name, and of every table whose keys are such names. */
export function providerNames(check: NameCheck): readonly string[] {
  const { path, text, ids, own, alsoSurfaces } = check
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const isForeign = (name: string) => ids.has(name) && name !== own
  const visit = (node: ts.Node): void => {
    const compared = ts.isStringLiteralLike(node) && isForeign(node.text) && isCompared(node)
    const key = keyOf(node)
    if (compared || (key !== undefined && isForeign(key) && !alsoSurfaces.has(key))) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
      found.push(`${path}:${line + 1}: ${node.getText(file)}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** Compared with something, looked up with, or a member of a list or set that is searched. */
function isCompared(node: ts.StringLiteralLike): boolean {
  const { parent } = node
  if (ts.isBinaryExpression(parent)) return equality.has(parent.operatorToken.kind)
  if (ts.isCaseClause(parent) || ts.isElementAccessExpression(parent)) return true
  if (ts.isCallExpression(parent)) return asking.has(methodOf(parent))
  return ts.isArrayLiteralExpression(parent) && isSearched(parent)
}

function isSearched(list: ts.ArrayLiteralExpression): boolean {
  const { parent } = list
  if (ts.isNewExpression(parent)) return true
  // An entry of a map.
  if (ts.isArrayLiteralExpression(parent)) return isSearched(parent)
  return ts.isPropertyAccessExpression(parent) && parent.expression === list && asking.has(parent.name.text)
}

function methodOf({ expression }: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : ''
}

/** The name by which a table is written or read: `{ azure: … }`, `table.azure`. */
function keyOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node))
    return ts.isImportTypeNode(node.parent) ? undefined : node.name.text
  if (!ts.isPropertyAssignment(node) && !ts.isPropertySignature(node)) return undefined
  return ts.isIdentifier(node.name) || ts.isStringLiteralLike(node.name) ? node.name.text : undefined
}
