import type { Json, JsonObject, RerankDocument, RerankRequest } from '#contract'
import type { Draft } from '../draft.ts'
import { invalidRequest } from '../invalid-request.ts'
import { asObject, asText } from '../narrow.ts'
import { optionalBoolean, optionalList, optionalNumber, readModel, requiredText } from '../request-members.ts'

/** What the wires of rerankers have in common; each adds its own. */
export function readCommon(body: JsonObject): Draft<RerankRequest> {
  const request: Draft<RerankRequest> = {
    model: readModel(body),
    query: requiredText(body, 'query'),
    documents: readDocuments(body),
  }
  const maxTokens = readCount(body, 'max_tokens_per_doc')
  if (maxTokens !== undefined) request.maxTokensPerDocument = maxTokens
  const returnDocuments = optionalBoolean(body, 'return_documents')
  if (returnDocuments !== undefined) request.returnDocuments = returnDocuments
  return request
}

/** A whole number of at least one. */
export function readCount(body: JsonObject, name: string): number | undefined {
  const count = optionalNumber(body, name)
  if (count === undefined || (Number.isInteger(count) && count >= 1)) return count
  throw invalidRequest(name, `${name} must be a whole number of at least 1.`, 'invalid_value')
}

function readDocuments(body: JsonObject): readonly RerankDocument[] {
  const documents = optionalList(body, 'documents')
  if (documents === undefined) {
    throw invalidRequest(
      'documents',
      'documents is missing; it must be an array.',
      'missing_required_parameter',
    )
  }
  if (documents.length === 0) {
    throw invalidRequest('documents', 'documents is empty; send at least one document.')
  }
  return documents.map((value, index) => {
    const document = readDocument(value)
    if (document !== undefined) return document
    const path = `documents[${index}]`
    throw invalidRequest(path, `${path} must be a string, or an object of named fields.`, 'invalid_type')
  })
}

/** A record of nothing but `text` is that text in other words. */
export function readDocument(value: Json | undefined): RerankDocument | undefined {
  if (typeof value === 'string') return { type: 'text', text: value }
  const fields = asObject(value)
  if (fields === undefined) return undefined
  const text = asText(fields['text'])
  if (text !== undefined && Object.keys(fields).length === 1) return { type: 'text', text }
  return { type: 'fields', fields }
}
