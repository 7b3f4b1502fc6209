import type { Config } from '#config'
import type {
  AnyCallerWire,
  JsonObject,
  Operation,
  ProviderId,
  RequestAddress,
  SurfaceId,
  Target,
  Usage,
  Warning,
} from '#contract'
import type { Logger, Metrics } from '#observability'
import type { Broker } from '#queue'
import type { Store } from '#store'
import type { AnswerCache } from './cache/index.ts'
import type { InFlight } from './in-flight.ts'
import type { Planner } from './plan.ts'
import type { RateLimiter } from './rate-limits/index.ts'

/** What a row of a path table says of deployments. */
export type DeploymentRoute = {
  readonly path: string
  /** The name in the path that stands for the model, whatever the body says: a deployment of Azure's. */
  readonly deployment?: (url: RouteUrl) => string
  /** True where clients send `api-version`, which is the gateway's own affair. */
  readonly ignoresApiVersion?: true
}

/** One row of a surface's path table. */
export type InferenceRoute = DeploymentRoute & {
  readonly surface: SurfaceId
  /** Puts a body that clients write in another way into the wire's own; absent = there are none. */
  readonly rewrite?: (body: JsonObject) => {
    readonly body: JsonObject
    readonly warnings: readonly Warning[]
  }
  readonly wire: AnyCallerWire
  readonly operation: Operation
  /** Whose models a name without a provider means. */
  readonly ownProvider: ProviderId
  /** Absent = POST. */
  readonly methods?: readonly ('GET' | 'POST' | 'DELETE')[]
  /** Absent for a request that is decoded where its target speaks another wire. */
  readonly passthrough?: PassthroughRoute
  /** What the URL says of a request, where it says anything. */
  readonly address?: (url: RouteUrl) => RequestAddress
}

/**
 * What a body may be: nothing; JSON, held whole; a multipart form, passed on as it comes but for its `model`; bytes of any
 * type, passed on as they come.
 */
export type ContentKind = 'none' | 'json' | 'form' | 'bytes'

/** For a route whose requests go to the provider, and whose answers come from it, as they are. */
export type PassthroughRoute = {
  readonly accepts: readonly ContentKind[]
  /** What follows the path of the provider's endpoint: empty, or from its `/` on, percent-encoded. Absent = nothing. */
  readonly rest?: (url: RouteUrl) => string
}

/** What matched a route's path: its parameters (`*` is the rest), decoded, and the query. */
export type RouteUrl = {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

/** What every request of a process shares. */
export type ApiContext = {
  readonly config: Config
  readonly broker: Broker
  /** What is remembered from one request to the next. */
  readonly store: Store
  readonly logger: Logger
  readonly metrics: Metrics
  readonly inFlight: InFlight
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly plan: Planner
  readonly rateLimits: RateLimiter
  readonly cache: AnswerCache
  /** US dollars of an answer; `undefined` for a model without a price. */
  readonly costOf: (target: Target, usage: Usage) => number | undefined
  /** 128 random bits as hex. */
  readonly newId: () => string
  /** Client's key → digest. */
  readonly tenantOf: (key: string | undefined) => string
  /** Request headers that go up, lower case. */
  readonly forwardHeaders: readonly string[]
  /** How long a caller may leave its socket full before its answer is given up. */
  readonly clientStallMs: number
  /** How long a body that is held whole, or the head of a form, may take to arrive. */
  readonly bodyTimeoutMs: number
}
