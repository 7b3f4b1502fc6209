import assert from 'node:assert/strict'
import { ConfigError, type ConfigProblem, type Environment, type LoadedConfig, loadConfig } from './index.ts'

/** Loads a config from a text, or an object that is printed first, as if it stood in `config.json`. */
export function load(file: string | object, environment: Environment = {}): LoadedConfig {
  return loadConfig({
    flags: { config: undefined },
    environment,
    readFile: (path) => (path === './config.json' ? textOf(file) : undefined),
    spokenWires: ['openai-chat', 'anthropic-messages'],
  })
}

/** The problems of a config that must not load. */
export function problemsOf(file: string | object, environment: Environment = {}): readonly ConfigProblem[] {
  return errorOf(() => load(file, environment)).problems
}

/** The ConfigError that `run` throws. */
export function errorOf(run: () => unknown): ConfigError {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error
  }
  assert.fail('no ConfigError was thrown')
}

function textOf(file: string | object): string {
  return typeof file === 'string' ? file : JSON.stringify(file)
}
