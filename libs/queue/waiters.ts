/** Those who wait for the same thing to change; each looks again when woken. */
export type Waiters = { wait(): Promise<void>; wake(): void }

export function createWaiters(): Waiters {
  let waiting: (() => void)[] = []
  return {
    wait: () => new Promise((resolve) => waiting.push(resolve)),
    wake() {
      const woken = waiting
      waiting = []
      for (const resolve of woken) resolve()
    },
  }
}
