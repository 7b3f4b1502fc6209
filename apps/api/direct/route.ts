import type { IncomingMessage } from 'node:http'
import type { AnyCallerWire, JsonObject, Operation, ProviderId, SurfaceId } from '#contract'
import type { RouteUrl } from '../context.ts'

/** A route that this pod answers by itself, without a job. */
export type DirectRoute = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly surface: SurfaceId
  /** Whose error shape its callers parse. */
  readonly wire: AnyCallerWire
  readonly operation: Operation
  readonly ownProvider: ProviderId
  /** The body of the answer. Throws GatewayError. */
  answer(url: RouteUrl, request: IncomingMessage): JsonObject | Promise<JsonObject>
}
