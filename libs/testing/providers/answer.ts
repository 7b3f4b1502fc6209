import type { Answer, Behaviour, Ending, Question } from './types.ts'

/** Plausible, not exact: about four characters to a token, as the vendors' own rule of thumb says. */
export function countTokens(characters: number): number {
  return Math.max(1, Math.ceil(characters / 4))
}

const bigPieceBytes = 16 * 1024

/** Makes the simulated model's answer: it repeats the question, unless the behaviour says otherwise. Deterministic. */
export function composeAnswer(options: {
  readonly question: Question
  readonly behaviour: Behaviour
  readonly id: string
  readonly nowMs: number
}): Answer {
  const { question, behaviour, id } = options
  const base = { question, id, createdAtSeconds: Math.floor(options.nowMs / 1000) }
  if (question.toolCall) {
    const length = JSON.stringify(question.toolCall.input).length + question.toolCall.name.length
    return { ...base, pieces: [], outputTokens: countTokens(length), ending: { type: 'tool-call' } }
  }
  const { text, ending } = limit(behaviour.text ?? `You said: ${question.text}`, question)
  const padding = paddingFor(behaviour, text)
  return {
    ...base,
    pieces: pieces(text, padding),
    outputTokens: countTokens(text.length + padding.count * padding.piece(0).length),
    ending,
  }
}

/** Cuts at the first stop sequence, then at the token limit, as a model does. */
function limit(text: string, question: Question): { readonly text: string; readonly ending: Ending } {
  const limitCharacters = (question.maxTokens ?? Number.POSITIVE_INFINITY) * 4
  let end = text.length
  let ending: Ending = { type: 'natural' }
  for (const sequence of question.stop) {
    const at = text.indexOf(sequence)
    if (at >= 0 && at < end) {
      end = at
      ending = { type: 'stop-sequence', sequence }
    }
  }
  if (limitCharacters < end) {
    end = limitCharacters
    ending = { type: 'length' }
  }
  return { text: text.slice(0, end), ending }
}

type Padding = { readonly count: number; readonly piece: (index: number) => string }

function paddingFor(behaviour: Behaviour, text: string): Padding {
  if (behaviour.contentBytes !== undefined) {
    const block = 'x'.repeat(bigPieceBytes)
    return { count: Math.ceil(behaviour.contentBytes / bigPieceBytes), piece: () => block }
  }
  const missing = (behaviour.chunks ?? 0) - words(text).length
  return { count: Math.max(0, missing), piece: (index) => ` word${index}` }
}

/** Lazy and repeatable: a stream of many megabytes is never held in memory. */
function pieces(text: string, padding: Padding): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      yield* words(text)
      for (let index = 0; index < padding.count; index++) yield padding.piece(index)
    },
  }
}

/** Word by word with the space before it, as vendors stream. A text without spaces is one piece. */
function words(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}
