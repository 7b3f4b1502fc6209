import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '#testing'

/** The official Python packages, in the two generations that are in use: today's and that of mid 2025. */
export const pythonGenerations = {
  newest: ['openai==3.57.0', 'anthropic==2.14.0', 'google-genai==3.6.1'],
  'mid 2025': ['openai==1.93.0', 'anthropic==0.57.1', 'google-genai==1.24.0', 'httpx==0.28.1'],
} as const
export type PythonGeneration = keyof typeof pythonGenerations

const scripts = join(import.meta.dirname, '..', 'python')

/** Why the Python clients cannot run here; `undefined` when they can. */
export function whyNoPython(): string | undefined {
  const { status } = spawnSync('python3', ['-c', 'import venv, ensurepip'])
  return status === 0 ? undefined : 'needs python3 with venv and ensurepip (Debian: python3-venv)'
}

/** The interpreter of an environment that holds a generation's packages; made once and kept below node_modules. */
export function pythonOf(generation: PythonGeneration): string {
  const folder = join(repositoryRoot, 'node_modules', '.cache', `python-${generation.replace(' ', '-')}`)
  const python = join(folder, 'bin', 'python')
  if (existsSync(join(folder, 'ready'))) return python
  run('python3', ['-m', 'venv', '--clear', folder])
  run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    ...pythonGenerations[generation],
  ])
  run(python, ['-c', `open(${JSON.stringify(join(folder, 'ready'))}, 'w').close()`])
  return python
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args[1]}: ${stderr.slice(-2_000)}`)
}

/** Runs one of the scripts beside this file to its end; rejects with what it said when it fails. */
export async function runPython(
  python: string,
  script: 'ask.py' | 'seeds.py',
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const child = spawn(python, [join(scripts, script)], {
    env: { ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data) => {
    stdout += data
  })
  child.stderr.on('data', (data) => {
    stderr += data
  })
  child.stdin.end(options.input ?? '')
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stdout}\n${stderr.slice(-2_000)}`)
  return stdout
}
