import type { ChatRequest, Message } from '#contract'
import { messagePath, partPath } from '../../paths.ts'
import type { Warnings } from '../../warnings.ts'

export type Prompt = { readonly prompt: string; readonly system: string | undefined }

/**
 * A conversation as the two texts that language models take here. One turn is its text; several are told one after the
 * other, each with who speaks, and that is a change that the caller is told of.
 */
export function promptOf({ messages }: ChatRequest, warnings: Warnings): Prompt {
  const system: string[] = []
  const turns: Turn[] = []
  for (const [index, message] of messages.entries()) {
    const text = textOf(message, index, warnings)
    if (message.role === 'system' || message.role === 'developer') {
      if (turns.length > 0) warnings.changed(messagePath(message, index))
      system.push(text)
    } else if (text !== '') {
      turns.push({ speaker: message.role === 'assistant' ? 'Assistant' : 'User', text })
    }
  }
  const joined = system.filter((text) => text !== '').join('\n\n')
  return { prompt: told(turns, warnings), system: joined === '' ? undefined : joined }
}

type Turn = { readonly speaker: 'User' | 'Assistant'; readonly text: string }

function told(turns: readonly Turn[], warnings: Warnings): string {
  const [only] = turns
  if (turns.length === 1 && only?.speaker === 'User') return only.text
  warnings.changed('messages')
  return `${turns.map(({ speaker, text }) => `${speaker}: ${text}`).join('\n\n')}\n\nAssistant:`
}

/** Texts alone have a place; everything else is named. */
function textOf(message: Message, index: number, warnings: Warnings): string {
  if (message.name !== undefined) warnings.unsupported(`${messagePath(message, index)}.name`)
  const texts = message.parts.flatMap((part, position) => {
    if (part.type === 'text' || part.type === 'refusal') return [part.text]
    warnings.unsupported(partPath(message, index, position))
    return []
  })
  return texts.join('\n')
}
