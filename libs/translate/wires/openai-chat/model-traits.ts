/**
 * Models that take `reasoning_effort`: the o series, gpt-5 and later, gpt-oss. Others answer 400 to it, so it goes to
 * them only when the caller named an effort itself. https://developers.openai.com/api/docs/guides/reasoning
 */
export function takesReasoningEffort(model: string): boolean {
  const name = model.slice(model.lastIndexOf('/') + 1)
  return /^(?:o\d|gpt-(?:[5-9]|\d\d)|gpt-oss)/.test(name)
}
