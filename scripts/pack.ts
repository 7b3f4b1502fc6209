/**
 * Writes `dist/`: the product as JavaScript, which `npm pack` puts into the tarball because Node strips no types below
 * `node_modules`. The sources are not type-checked here; `npm run check` does that. What is not TypeScript (Lua
 * scripts, JSON) goes along; tests, fixtures and what only tests use stay out. The condition `bifrost-packed` of
 * package.json's `imports` leads to these files.
 */
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, sep } from 'node:path'
import ts from 'typescript'

const root = join(import.meta.dirname, '..')
const target = join(root, 'dist')

/** Folders that hold the product; the demo needs what tests use, so it stays in the repository. */
const rooms = ['apps/api', 'apps/worker', 'apps/standalone', 'libs']
const leftOut = new Set(['testing', 'fixtures', 'node_modules'])

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
}

/** The files of the product, relative to the root. */
function productFiles(): readonly string[] {
  const all = globSync(
    rooms.map((room) => `${room}/**/*.*`),
    { cwd: root },
  )
  return all.filter((path) => {
    const inside = path.split(sep)
    return !inside.some((part) => leftOut.has(part)) && !/\.(?:test\.ts|suite\.ts|md)$/.test(path)
  })
}

/** One module as JavaScript; throws when it does not parse. */
function toJavaScript(path: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(readFileSync(join(root, path), 'utf8'), {
    compilerOptions,
    fileName: path,
    reportDiagnostics: true,
  })
  for (const { messageText } of diagnostics) {
    throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
  }
  return outputText
}

const files = productFiles()
rmSync(target, { recursive: true, force: true })
for (const path of files) {
  const isModule = extname(path) === '.ts'
  const out = join(target, isModule ? path.replace(/ts$/, 'js') : path)
  mkdirSync(dirname(out), { recursive: true })
  if (isModule) writeFileSync(out, toJavaScript(path))
  else copyFileSync(join(root, path), out)
}
// On standard error: `npm pack --json` owns standard output.
console.error(`Wrote ${files.length} files to dist/.`)
