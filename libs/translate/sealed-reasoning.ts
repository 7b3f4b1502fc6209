/*
 * Reasoning that must come back to whoever wrote it, carried by callers who speak to another vendor's API.
 *
 * OpenAI's reasoning items have an id and `encrypted_content`; the neutral form has one text for a proof. So both go
 * into that text under a mark (`seal`), which another wire's caller holds as a signature and returns; the mark tells it
 * from a proof that another vendor gave, and each vendor gets back its own alone.
 */
const mark = 'openai-reasoning:'

export type SealedReasoning = { readonly id: string; readonly encrypted: string }

export function sealReasoning({ id, encrypted }: SealedReasoning): string {
  return `${mark}${encodeURIComponent(id)}:${encrypted}`
}

/** Whether a proof is OpenAI's: no other vendor takes it. */
export function isSealedReasoning(proof: string | undefined): boolean {
  return proof?.startsWith(mark) === true
}

/** `undefined` for a proof that is not OpenAI's. */
export function openReasoning(proof: string | undefined): SealedReasoning | undefined {
  if (proof === undefined || !isSealedReasoning(proof)) return undefined
  const colon = proof.indexOf(':', mark.length)
  if (colon === -1) return undefined
  try {
    return { id: decodeURIComponent(proof.slice(mark.length, colon)), encrypted: proof.slice(colon + 1) }
  } catch {
    // Somebody cut it: it proves nothing any more.
    return undefined
  }
}
