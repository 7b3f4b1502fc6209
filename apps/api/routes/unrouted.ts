import { GatewayError, type SurfaceId, surfaceIds } from '#contract'
import type { InferenceRoute } from '../context.ts'
import { routedUrl, withinFramework } from './frameworks.ts'

/** Which callers a path belongs to, and so in which shape its errors are. */
export type Shape = 'openai' | 'anthropic' | 'genai' | 'cohere' | 'bedrock'

/** Paths of the contract, below their prefix, for which this build has no operation. */
const openaiPaths =
  /^\/(chat\/completions|completions|responses|embeddings|models|images|audio|moderations|files|batches)(\/.+)?$/
const anthropicPaths = /^\/(messages|messages\/count_tokens|messages\/batches(\/.+)?|models(\/.+)?)$/
const rootAnthropicPaths = /^\/messages(\/count_tokens)?$/
const azurePaths = /^\/openai\/deployments\/[^/]+\/.+$/
const genaiPaths = /^\/genai(\/(v1|v1beta)\/(models|tunedModels)(\/.+)?|\/upload\/v1beta\/files)$/
const bedrockPaths = /^\/bedrock\/model\/[^/]+\/converse(-stream)?$/
const coherePaths = /^\/cohere\/v2\/(chat|embed|rerank)$/

/** The shape in which the callers of a path parse errors; OpenAI's where nothing says otherwise. */
export function shapeOf(path: string): Shape {
  const inner = withinFramework(path)
  if (/^\/cohere(\/|$)/.test(inner)) return 'cohere'
  if (/^\/bedrock(\/|$)/.test(inner)) return 'bedrock'
  if (/^\/genai(\/|$)/.test(inner)) return 'genai'
  return /^\/(anthropic|v1\/messages)(\/|$)/.test(inner) ? 'anthropic' : 'openai'
}

/** The surface whose prefix a path carries, also inside a framework's. */
export function surfaceOf(path: string): SurfaceId | undefined {
  const [, prefix] = withinFramework(path).split('/', 2)
  if (prefix === 'v1') return 'root'
  return surfaceIds.find((id) => id !== 'root' && id === prefix)
}

/** The methods that are served at a path; none for a path that is not ours. */
export type Served = (path: string) => readonly string[]

/** Reads the paths as they are routed: `:name` is one segment, `*` the rest, `*:verb` a name and a custom method, `::` a colon. */
export function createServed(routes: readonly Pick<InferenceRoute, 'path' | 'methods'>[]): Served {
  const patterns = routes.map(({ path, methods = ['POST'] }) => {
    const pieces = path.split(/(::|\*:|:\w+|\*)/).map((piece) => {
      if (piece === '::') return ':'
      if (piece === '*:') return '.+:'
      if (piece.startsWith(':') && piece.length > 1) return '[^/]+'
      return piece === '*' ? '.*' : piece.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    })
    return { pattern: new RegExp(`^${pieces.join('')}$`), methods }
  })
  return (path) => {
    const routed = routedUrl(path)
    return [...new Set(patterns.flatMap(({ pattern, methods }) => (pattern.test(routed) ? methods : [])))]
  }
}

/** Why a request met no route: a path of ours with another method, a path still to come, or no path of ours. */
export function unrouted(method: string, path: string, served: Served): GatewayError {
  const methods = served(path)
  if (methods.length > 0) {
    return new GatewayError({
      kind: 'not-found',
      code: 'method_not_allowed',
      status: 405,
      message: `${method} is not served here; use ${methods.join(' or ')}.`,
    })
  }
  if (isContractPath(withinFramework(path))) {
    return new GatewayError({
      kind: 'not-implemented',
      code: 'not_implemented',
      message: 'This build of the gateway does not serve this operation yet.',
    })
  }
  return new GatewayError({
    kind: 'not-found',
    code: 'unknown_url',
    message:
      'The gateway serves nothing at this path. Its surfaces are /openai/v1, /v1, /anthropic, /genai, /bedrock, /cohere and /cursor.',
  })
}

function isContractPath(path: string): boolean {
  const openai = below(path, '/openai/v1') ?? below(path, '/openai')
  if (openai !== undefined) return openaiPaths.test(openai) || azurePaths.test(openai)
  const anthropic = below(path, '/anthropic/v1') ?? below(path, '/anthropic')
  if (anthropic !== undefined) return anthropicPaths.test(anthropic)
  const root = below(path, '/v1')
  if (root !== undefined) return openaiPaths.test(root) || rootAnthropicPaths.test(root)
  return genaiPaths.test(path) || bedrockPaths.test(path) || coherePaths.test(path)
}

function below(path: string, prefix: string): string | undefined {
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined
}
