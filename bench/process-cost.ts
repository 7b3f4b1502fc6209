import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** User + system time of a process and those that it started, so far, in microseconds. */
export function cpuMicros(pid: number): number {
  return sumOver(pid, (each) => {
    const fields = statFields(each)
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1_000_000
  })
}

/** Resident memory of a process and those that it started, in megabytes. */
export function residentMegabytes(pid: number): number {
  return sumOver(pid, (each) => {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${each}/status`, 'utf8'))
    return Number(line?.[1] ?? 0) / 1_024
  })
}

function sumOver(root: number, value: (pid: number) => number): number {
  let sum = value(root)
  for (const pid of childrenOf(root)) {
    // One that ended between the list and the look takes its figures along.
    try {
      sum += sumOver(pid, value)
    } catch {}
  }
  return sum
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  )
}

/** The fields after the command's name, which may hold anything: the first is the state. */
function statFields(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
