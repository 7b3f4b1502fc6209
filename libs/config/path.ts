/** Where in the file: property names and array positions. */
export type Path = readonly (string | number)[]

const plainName = /^[A-Za-z_$][A-Za-z0-9_$-]*$/
const credentialLike = /^(?:sk|pk|rk|gsk|xai|pplx|hf|r8|nvapi|AIza|AKIA|eyJ)[-_A-Za-z0-9]{12,}/

/**
 * The path as people write it: `providers.openai.keys[0].weight`. A name that could be a credential in the wrong place
 * is not shown.
 */
export function pathText(path: Path): string {
  let text = ''
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`
    else if (credentialLike.test(segment) || segment.length > 80) text += '["…"]'
    else if (plainName.test(segment)) text += text === '' ? segment : `.${segment}`
    else text += `[${JSON.stringify(segment)}]`
  }
  return text === '' ? 'the file' : text
}

/** An RFC 6901 pointer as a path; `value` tells positions from names that look like numbers. */
export function pathOfPointer(pointer: string, value: unknown): Path {
  const path: (string | number)[] = []
  let at = value
  for (const raw of pointer.split('/').slice(1)) {
    const name = raw.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(at) ? Number(name) : name)
    at = member(at, name)
  }
  return path
}

/** The value at `path`, or `undefined`. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce((at, segment) => member(at, String(segment)), root)
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}
