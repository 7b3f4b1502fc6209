/** What the mock upstream does is told by the model, which every gateway passes on. */
export const models = {
  /** Answers at once; a stream's chunks each in a write of their own, one after the other. */
  chat: 'gpt-4o-mini',
  /** Its stream's chunks come `chunkGapMs` apart. */
  paced: 'gpt-4o',
  /** The same as `chat`, in the words of Anthropic's Messages API. */
  messages: 'claude-3-5-haiku-20241022',
} as const

/** Frames of a stream that carry text; the first carries the role alone. */
export const streamChunks = 51
export const chunkGapMs = 5
