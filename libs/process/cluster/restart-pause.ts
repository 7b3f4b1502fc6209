const firstPauseMs = 1_000
const longestPauseMs = 30_000
/** A process that has served this long was no failed start: the next one comes soon. */
const soundMs = 60_000

/** How long the place of a process that died stays empty: doubled while those that come die soon as well. */
export function restartPauseMs(before: number | undefined, livedMs: number): number {
  if (before === undefined || livedMs >= soundMs) return firstPauseMs
  return Math.min(2 * before, longestPauseMs)
}
