/**
 * How long the provider asks to wait, in milliseconds: `retry-after-ms`, else `retry-after` in seconds or as an HTTP
 * date (RFC 9110 10.2.3). Absent or unreadable = `undefined`; a moment in the past = 0.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const milliseconds = nonNegative(headers['retry-after-ms'])
  if (milliseconds !== undefined) return milliseconds
  const text = headers['retry-after']
  if (text === undefined) return undefined
  const seconds = nonNegative(text)
  if (seconds !== undefined) return Math.ceil(seconds * 1000)
  // Dates name their month; what does not ("-5") would be read as some year.
  const moment = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - nowMs)
}

function nonNegative(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}
