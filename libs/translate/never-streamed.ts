import type { CallerWire, ProviderWire } from '#contract'

type StreamMembers =
  | 'streamFormat'
  | 'createStreamTap'
  | 'createStreamEncoder'
  | 'createStreamDecoder'
  | 'encodeStreamError'

/** The stream's side of a wire that has none: its `peek` never asks for one, so reaching these is a mistake of ours. */
export const neverStreamed: Pick<
  CallerWire<unknown, unknown> & ProviderWire<unknown, unknown>,
  StreamMembers
> = {
  streamFormat: 'sse',
  createStreamTap: refuse,
  createStreamEncoder: refuse,
  createStreamDecoder: refuse,
  encodeStreamError: refuse,
}

function refuse(): never {
  throw new Error('this operation is never streamed')
}
