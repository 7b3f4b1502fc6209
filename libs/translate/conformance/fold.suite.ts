import type { Candidate, ChatEvent, ChatResponse, Json, JsonObject, Part } from '#contract'
import type { Draft } from '../draft.ts'

/** The answer that a stream's events tell: what a caller who collects them has at the end. */
export function fold(events: readonly ChatEvent[]): ChatResponse {
  const blocks = new Map<number, Map<number, Draft<Part>>>()
  const ends = new Map<number, Draft<Candidate>>()
  const response: Draft<ChatResponse> = { id: '', model: '', candidates: [] }
  const partOf = (candidate: number, block: number) => blocks.get(candidate)?.get(block)
  for (const event of events) {
    switch (event.type) {
      case 'response-start': {
        const { type: _type, ...start } = event
        Object.assign(response, start)
        break
      }
      case 'block-start': {
        const parts = blocks.get(event.candidate) ?? new Map<number, Draft<Part>>()
        parts.set(event.block, startPart(event.start))
        blocks.set(event.candidate, parts)
        break
      }
      case 'block-delta': {
        const part = partOf(event.candidate, event.block)
        if (part === undefined) throw new Error(`A delta for block ${event.block}, which never began.`)
        extendPart(part, event.delta)
        if (event.logprobs !== undefined) {
          const end = ends.get(event.candidate) ?? candidateOf(event.candidate)
          end.logprobs = joinLogprobs(end.logprobs, event.logprobs)
          ends.set(event.candidate, end)
        }
        break
      }
      case 'candidate-end':
        ends.set(event.candidate, {
          ...(ends.get(event.candidate) ?? candidateOf(event.candidate)),
          stopReason: event.stopReason,
        })
        break
      case 'usage':
        response.usage = event.usage
        break
      default:
    }
  }
  response.candidates = [...ends.values()].map((candidate) => ({
    ...candidate,
    parts: [...(blocks.get(candidate.index) ?? [])]
      .toSorted(([one], [other]) => one - other)
      .map(([, part]) => part as Part),
  }))
  return response
}

const candidateOf = (index: number): Draft<Candidate> => ({
  index,
  parts: [],
  stopReason: { unified: 'other', raw: null },
})

type BlockStart = Extract<ChatEvent, { type: 'block-start' }>['start']
type BlockDelta = Extract<ChatEvent, { type: 'block-delta' }>['delta']

function startPart(start: BlockStart): Draft<Part> {
  switch (start.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return { type: start.type, text: '' }
    case 'redacted-reasoning':
      return { type: 'reasoning', text: '', redacted: start.data }
    case 'tool-call': {
      const part: Draft<Part> = { type: 'tool-call', id: start.id, name: start.name, argumentsText: '' }
      return start.signature === undefined ? part : { ...part, signature: start.signature }
    }
    case 'opaque':
      return { ...start }
  }
}

function extendPart(part: Draft<Part>, delta: BlockDelta): void {
  switch (delta.type) {
    case 'text':
      if ('text' in part) part.text += delta.text
      break
    case 'arguments':
      if (part.type === 'tool-call') part.argumentsText += delta.text
      break
    case 'signature':
      if (part.type === 'reasoning' || part.type === 'tool-call')
        part.signature = (part.signature ?? '') + delta.signature
      break
    case 'citation':
      if (part.type === 'text') part.citations = [...(part.citations ?? []), delta.citation]
      break
    case 'opaque':
      if (part.type !== 'opaque') throw new Error('An opaque delta for a block that is known.')
  }
}

/** Token after token: the lists of the pieces, one after another. */
function joinLogprobs(earlier: Json | undefined, later: Json): Json {
  if (earlier === undefined) return later
  const one = earlier as JsonObject
  const other = later as JsonObject
  const list = (name: string) => {
    const joined = [...((one[name] as Json[] | null) ?? []), ...((other[name] as Json[] | null) ?? [])]
    return joined.length === 0 ? null : joined
  }
  return { content: list('content'), refusal: list('refusal') }
}
