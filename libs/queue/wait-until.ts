const lookEveryMs = 10

/** Resolves when the condition holds or the time is up. For the ends of processes, not for the way of a request. */
export async function waitUntil(condition: () => boolean, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs
  while (!condition() && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}
