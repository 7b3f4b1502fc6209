/**
 * What must not outlive this process (servers, containers, directories): run, newest first, when it exits or is told
 * to end. Nothing can be done about SIGKILL.
 */
const tasks = new Set<() => void>()
let watching = false

/** Registers a synchronous task for the end of this process; returns how to take it back. */
export function atExit(task: () => void): () => void {
  if (!watching) watch()
  tasks.add(task)
  return () => void tasks.delete(task)
}

function watch(): void {
  watching = true
  process.once('exit', runTasks)
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.once(signal, () => {
      runTasks()
      // Our listener took away the default, which is to end; a process with listeners of its own ends as it likes.
      if (process.listenerCount(signal) === 0) process.exit(128 + number)
    })
  }
}

function runTasks(): void {
  for (const task of [...tasks].reverse()) task()
  tasks.clear()
}
