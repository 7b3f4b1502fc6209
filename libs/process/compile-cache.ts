import { accessSync, constants, existsSync } from 'node:fs'
import { enableCompileCache, findPackageJSON, getCompileCacheDir, constants as module } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Directories that only who installed or runs the gateway can write, the first choice first: what a cache holds is run. */
const places: readonly (() => { readonly within: string; readonly directory: string })[] = [
  () => ({ within: dirname(findPackageJSON(import.meta.url) ?? ''), directory: '.compile-cache' }),
  () => ({ within: homedir(), directory: join('.cache', 'bifrost') }),
]

/**
 * Keeps modules as they are compiled (types stripped, code parsed) for the next start. That is half of a start, so it must be
 * called before anything else is imported. NODE_COMPILE_CACHE names another directory, NODE_DISABLE_COMPILE_CACHE=1
 * switches it off; where nothing can be written, everything is compiled anew.
 */
export function cacheCompiledModules(): void {
  if (getCompileCacheDir() !== undefined) return
  for (const place of places) {
    const directory = writable(place)
    if (directory !== undefined && enableCompileCache(directory).status !== module.compileCacheStatus.FAILED)
      return
  }
}

function writable(place: (typeof places)[number]): string | undefined {
  try {
    const { within, directory } = place()
    const path = join(within, directory)
    accessSync(existsSync(path) ? path : within, constants.W_OK)
    return path
  } catch {
    // Read-only, another user's, or a user without a home: the next place, or none.
    return undefined
  }
}
