/**
 * Writes `libs/testing/schemas/<wire>.json` from the vendors' SDK types that `sources/<wire>.ts` names, or with
 * `--verify` fails when one of them is not what it would write (`npm run gen:schemas`).
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'
import { createTypeConverter } from './type-to-schema.ts'

const root = join(import.meta.dirname, '../..')
const sources = join(import.meta.dirname, 'sources')

/** The wires whose vendors publish types. */
export const wiresWithTypes = readdirSync(sources).map((file) => basename(file, '.ts'))

/** The file of one wire: where, and what belongs in it. */
export function schemaOf(wire: string): { readonly path: string; readonly text: string } {
  const schema = convertFile(join(sources, `${wire}.ts`))
  return { path: join(root, 'libs/testing/schemas', `${wire}.json`), text: print(schema) }
}

/** Every exported type of a file as a schema, with the definitions that they share. */
export function convertFile(path: string): { readonly [name: string]: unknown } {
  const program = ts.createProgram([path], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    noEmit: true,
  })
  const problems = program.getSemanticDiagnostics(program.getSourceFile(path))
  const [problem] = problems
  if (problem !== undefined) {
    throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`)
  }
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(path)
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file)
  if (module === undefined) throw new Error(`${path} exports nothing.`)
  const { convert, definitions } = createTypeConverter(checker)
  const types = checker
    .getExportsOfModule(module)
    .map((symbol) => [symbol.name, convert(checker.getDeclaredTypeOfSymbol(symbol))] as const)
  return { ...Object.fromEntries(types), definitions }
}

/** One definition a line: small, and a vendor's change shows where it is. */
function print({ definitions, ...types }: { readonly [name: string]: unknown }): string {
  const lines = (object: object, indent: string) =>
    Object.entries(object)
      .map(([name, schema]) => `${indent}${JSON.stringify(name)}: ${JSON.stringify(schema)}`)
      .join(',\n')
  return `{\n${lines(types, '  ')},\n  "definitions": {\n${lines(definitions as object, '    ')}\n  }\n}\n`
}

if (import.meta.main) {
  const all = wiresWithTypes.map(schemaOf)
  const stale = all.filter(({ path, text }) => readOrEmpty(path) !== text)
  if (process.argv.includes('--verify')) {
    for (const { path } of stale) console.error(`${path} is out of date: run "npm run gen:schemas".`)
    process.exitCode = stale.length === 0 ? 0 : 1
  } else {
    for (const { path, text } of stale) writeFileSync(path, text)
    console.log(`${stale.length} of ${all.length} schemas written.`)
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
