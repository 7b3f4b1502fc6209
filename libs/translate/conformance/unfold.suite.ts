import type { BlockDelta, BlockStart, Candidate, ChatEvent, ChatResponse, Part } from '#contract'

/** An answer as a vendor might stream it: text and arguments in small pieces, usage at the end. */
export function unfold(response: ChatResponse): readonly ChatEvent[] {
  const { id, model, createdAtSeconds, extensions, usage } = response
  return [
    {
      type: 'response-start',
      id,
      model,
      ...(createdAtSeconds !== undefined && { createdAtSeconds }),
      ...(extensions !== undefined && { extensions }),
    },
    ...response.candidates.flatMap(unfoldBlocks),
    ...response.candidates.map(
      ({ index, stopReason }): ChatEvent => ({ type: 'candidate-end', candidate: index, stopReason }),
    ),
    ...(usage === undefined ? [] : [{ type: 'usage', usage } as const]),
    { type: 'response-end' },
  ]
}

function unfoldBlocks({ index, parts, logprobs }: Candidate): readonly ChatEvent[] {
  return parts.flatMap((part, block) => {
    const { start, deltas } = unfoldPart(part)
    const events = deltas.map(
      (delta, position): ChatEvent => ({
        type: 'block-delta',
        candidate: index,
        block,
        delta,
        ...(logprobs !== undefined && block === 0 && position === 0 && { logprobs }),
      }),
    )
    return [
      { type: 'block-start', candidate: index, block, start },
      ...events,
      { type: 'block-end', candidate: index, block },
    ]
  })
}

function unfoldPart(part: Part): { readonly start: BlockStart; readonly deltas: readonly BlockDelta[] } {
  switch (part.type) {
    case 'text': {
      const citations = (part.citations ?? []).map((citation): BlockDelta => ({ type: 'citation', citation }))
      return { start: { type: 'text' }, deltas: [...texts(part.text), ...citations] }
    }
    case 'refusal':
      return { start: { type: 'refusal' }, deltas: texts(part.text) }
    case 'reasoning':
      if (part.redacted !== undefined)
        return { start: { type: 'redacted-reasoning', data: part.redacted }, deltas: [] }
      return { start: { type: 'reasoning' }, deltas: [...texts(part.text), ...signatureOf(part.signature)] }
    case 'tool-call': {
      const { id, name, signature } = part
      const start = { type: 'tool-call', id, name, ...(signature !== undefined && { signature }) } as const
      return { start, deltas: pieces(part.argumentsText).map((text) => ({ type: 'arguments', text })) }
    }
    case 'opaque':
      return { start: part, deltas: [] }
    default:
      throw new Error(`Models do not answer with ${part.type}.`)
  }
}

const texts = (text: string) => pieces(text).map((piece): BlockDelta => ({ type: 'text', text: piece }))

const signatureOf = (signature: string | undefined): readonly BlockDelta[] =>
  signature === undefined ? [] : [{ type: 'signature', signature }]

/** Five characters at a time. */
const pieces = (text: string): readonly string[] => text.match(/.{1,5}/gs) ?? []
