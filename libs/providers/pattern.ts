/** Patterns are the catalogue's and the config's own, so there are few; building an expression costs more than using it. */
const expressions = new Map<string, RegExp>()

/** Whether `text` is what the pattern means; `*` is any run of characters. */
export function matchesPattern(pattern: string, text: string): boolean {
  let expression = expressions.get(pattern)
  if (expression === undefined) {
    expression = expressionOf(pattern)
    expressions.set(pattern, expression)
  }
  return expression.test(text)
}

function expressionOf(pattern: string): RegExp {
  const pieces = pattern.split('*').map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pieces.join('.*')}$`)
}
