/**
 * Rejects when `work` takes longer than `limitMs`. A process that is busy itself does not call that late what has
 * already arrived: sockets are read once more between the timer and the verdict.
 */
export async function within<T>(limitMs: number, work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    const verdict = () => reject(new Error(`no answer from ${what} within ${limitMs} ms`))
    // An immediate that was set by a timer runs after the sockets were read; the second one after what they woke.
    timer = setTimeout(() => setImmediate(() => setImmediate(verdict)), limitMs)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
    // The loser's own failure was already answered for.
    work.catch(() => {})
  }
}
