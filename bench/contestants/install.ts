import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const benchRoot = join(import.meta.dirname, '..')
const venv = join(benchRoot, 'peers/.venv')
const portkeyServer = join(benchRoot, 'node_modules/@portkey-ai/gateway/build/start-server.js')

/** Portkey's server, installed with this folder's package on first use. */
export function ensurePortkey(): string {
  if (!existsSync(portkeyServer)) {
    console.log('Installing the packages of bench/package.json (once) …')
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'])
  }
  return portkeyServer
}

/** LiteLLM's program, in an environment of its own under bench/peers, made on first use. */
export function ensureLitellm(): string {
  const program = join(venv, 'bin/litellm')
  if (!existsSync(program)) {
    console.log('Installing peers/requirements.txt into bench/peers/.venv (once, some minutes) …')
    run('python3', ['-m', 'venv', venv])
    run(join(venv, 'bin/pip'), ['install', '--quiet', '--requirement', 'peers/requirements.txt'])
  }
  return program
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, [...args], {
    cwd: benchRoot,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 1_200_000,
  })
}
