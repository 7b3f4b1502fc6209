import { toolUseId as cleanId } from '../anthropic-messages/encode-part.ts'

/** `[a-zA-Z0-9_-]+`, 1 to 64 of them (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html). */
const longestId = 64

/**
 * Other providers' ids where this vendor takes them, and what stands for them where not. Call and result change alike:
 * the same id always gives the same one.
 */
export function toolUseId(id: string): string {
  const clean = cleanId(id)
  if (clean === '') return 'tool_use'
  if (clean.length <= longestId) return clean
  const digest = `${fnv(id, 0x811c9dc5)}${fnv(id, 0x1000193)}`
  return `${clean.slice(0, longestId - digest.length - 1)}_${digest}`
}

/** FNV-1a over the text's characters: enough to tell the ids of one conversation apart. */
function fnv(text: string, seed: number): string {
  let hash = seed
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
