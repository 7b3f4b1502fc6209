import type { TranscribedWord } from '#contract'

/** Words that are shown together. */
type Cue = { readonly start: number; readonly end: number; readonly text: string }

const mostWords = 12
const longestSeconds = 7
const endsSentence = /[.!?…。！？]["'”’)]?$/

/** Sub-titles of words with times: a cue ends with its sentence, and in any case after twelve words or seven seconds. */
export function cuesOf(words: readonly TranscribedWord[]): readonly Cue[] {
  const cues: Cue[] = []
  let open: TranscribedWord[] = []
  const close = () => {
    const [first] = open
    const last = open.at(-1)
    if (first !== undefined && last !== undefined) {
      cues.push({ start: first.start, end: last.end, text: open.map(({ text }) => text.trim()).join(' ') })
    }
    open = []
  }
  for (const word of words) {
    const begin = open[0]?.start ?? word.start
    if (open.length >= mostWords || word.end - begin > longestSeconds) close()
    open.push(word)
    if (endsSentence.test(word.text.trim())) close()
  }
  close()
  return cues
}

export function srtOf(words: readonly TranscribedWord[]): string {
  return cuesOf(words)
    .map(
      ({ start, end, text }, index) =>
        `${index + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${text}\n\n`,
    )
    .join('')
}

export function vttOf(words: readonly TranscribedWord[]): string {
  const cues = cuesOf(words).map(
    ({ start, end, text }) => `${clock(start, '.')} --> ${clock(end, '.')}\n${text}\n\n`,
  )
  return `WEBVTT\n\n${cues.join('')}`
}

/** `00:01:02,345`. */
function clock(seconds: number, separator: string): string {
  const ms = Math.max(0, Math.round(seconds * 1000))
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const rest = String(ms % 1000).padStart(3, '0')
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${separator}${rest}`
}
