/** A place in the ranking, in the words of the APIs that Cohere's is the model of. */
export type Ranked = { readonly index: number; readonly relevance_score: number }

/** The simulated reranker: the share of the query's words that a document has; the best first, then in their order. */
export function rank(
  query: string,
  documents: readonly string[],
  limit = documents.length,
): readonly Ranked[] {
  const wanted = new Set(wordsOf(query))
  return documents
    .map((document, index): Ranked => {
      const found = new Set(wordsOf(document).filter((word) => wanted.has(word)))
      return { index, relevance_score: wanted.size === 0 ? 0 : found.size / wanted.size }
    })
    .toSorted((a, b) => b.relevance_score - a.relevance_score)
    .slice(0, limit)
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}
