import { execFile } from 'node:child_process'

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** What `docker` itself needs; no key and no setting of the shell that runs the check gets into the stack. */
const inheritedNames = ['PATH', 'HOME', 'DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DOCKER_BUILDKIT']

export type DockerOptions = { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> }

/** Runs `docker` to its end, whatever that is. Rejects when there is no `docker` to run. */
export async function tryDocker(args: readonly string[], options: DockerOptions = {}): Promise<Ended> {
  const env = { ...inherited(), ...options.env }
  return new Promise((resolve, reject) => {
    const limits = { maxBuffer: 64 * 1024 * 1024, timeout: 15 * 60 * 1000 }
    execFile('docker', [...args], { cwd: options.cwd, env, ...limits }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr })
      else reject(new Error(`docker ${args.join(' ')}: ${error.message}`, { cause: error }))
    })
  })
}

/** Runs `docker`; returns what it printed on standard output, or throws with all that it printed. */
export async function docker(args: readonly string[], options: DockerOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryDocker(args, options)
  if (code === 0) return stdout.trim()
  throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    inheritedNames.flatMap((name) => {
      // biome-ignore lint/style/noProcessEnv: a program that is run by hand, and hands on these names only.
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
