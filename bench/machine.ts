import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'

/** The machine as a report names it; no path, no host name. */
export function describeMachine(): string {
  const cores = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const redis = /v=([\d.]+)/.exec(tryRun('redis-server', '--version'))?.[1]
  return [
    `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown CPU'}`,
    `${memory} GiB`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    ...(redis === undefined ? [] : [`Redis ${redis}`]),
  ].join(', ')
}

/** Processes that wanted to run in the last minute: what else the machine did before the first measurement. */
export const currentLoad = () => Math.round((loadavg()[0] ?? 0) * 10) / 10

/** Commit and whether the tree differs from it. */
export function describeCommit(): string {
  const commit = tryRun('git', 'rev-parse', '--short', 'HEAD')
  const changed = tryRun('git', 'status', '--porcelain', '--untracked-files=no') !== ''
  return `${commit}${changed ? ', changed' : ''}`
}

function tryRun(command: string, ...args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}
