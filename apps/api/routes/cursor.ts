import type { AnyCallerWire } from '#contract'
import { cursorChat } from '#translate'
import type { InferenceRoute } from '../context.ts'

/** What Cursor asks below the base URL that it is given, with or without `/v1`. Answers are those of Chat Completions. */
export function cursorRoutes(wire: AnyCallerWire): readonly InferenceRoute[] {
  const chat = {
    wire,
    operation: 'chat',
    ownProvider: 'openai',
    surface: 'cursor',
    rewrite: cursorChat,
  } as const
  return [
    { ...chat, path: '/cursor/v1/chat/completions' },
    { ...chat, path: '/cursor/chat/completions' },
  ]
}
