import type { EmbeddingPurpose } from '#contract'

/** `taskType` ↔ purpose. https://ai.google.dev/api/embeddings#tasktype */
const taskTypes: Readonly<Record<EmbeddingPurpose, string>> = {
  'search-document': 'RETRIEVAL_DOCUMENT',
  'search-query': 'RETRIEVAL_QUERY',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
  similarity: 'SEMANTIC_SIMILARITY',
  'question-answering': 'QUESTION_ANSWERING',
  'fact-verification': 'FACT_VERIFICATION',
  'code-query': 'CODE_RETRIEVAL_QUERY',
}

const purposes: ReadonlyMap<string, EmbeddingPurpose> = new Map(
  Object.entries(taskTypes).map(([purpose, taskType]) => [taskType, purpose as EmbeddingPurpose]),
)

export function encodePurpose(purpose: EmbeddingPurpose): string {
  return taskTypes[purpose]
}

/** `undefined` for a task that has no neutral form. */
export function decodePurpose(taskType: string): EmbeddingPurpose | undefined {
  return purposes.get(taskType)
}
