/** Methods of models, and what the rest of the address says. Vertex AI has projects and publishers before the models. */
const modelPath =
  /^\/(v1|v1beta|v1beta1|v1alpha)\/(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/google\/)?(?:models|tunedModels)\/([^:?]+):([A-Za-z]+)$/
const writing = ['generateContent', 'streamGenerateContent']

export type ModelMethod = {
  readonly version: string
  readonly model: string
  readonly method: string
  /** A stream that did not ask for `alt=sse` is one JSON array. */
  readonly isArray: boolean
}

export function isMethodPath(path: string): boolean {
  return writing.includes(methodOf(path) ?? '')
}

/** The method of a path that ends in a model and one. */
export function methodOf(path: string): string | undefined {
  return modelPath.exec(path)?.[3]
}

/** `path` is one of those, with its query. */
export function readPath(path: string): ModelMethod {
  const [address = '', query] = path.split('?', 2)
  const [, version = '', model = '', method = ''] = modelPath.exec(address) ?? []
  return {
    version,
    model: decodeURIComponent(model),
    method,
    isArray: method === 'streamGenerateContent' && new URLSearchParams(query).get('alt') !== 'sse',
  }
}
