import type { AnyCallerWire, Operation, ProviderId, SurfaceId, WireId } from '#contract'
import type { ResourceKind } from '#store'
import type { DeploymentRoute } from '../context.ts'

/**
 * A route to what vendors keep under ids of their own. Its requests go up as they are, to the provider and with the key
 * that the id belongs to.
 */
export type ResourceRoute = DeploymentRoute & {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `:id` is the vendor's id. */
  readonly path: string
  readonly surface: SurfaceId
  /** Whose error shape its callers parse. */
  readonly wire: AnyCallerWire
  readonly operation: Operation
  /** Names the provider's endpoint for it. */
  readonly resourceWire: WireId
  /** Where an id goes of which nothing is known. */
  readonly ownProvider: ProviderId
  readonly kind: ResourceKind
  /** The member of the query that has the id, where it stands not in the path. */
  readonly idInQuery?: string
  /** Headers that go up beside those of the contract, lower case. */
  readonly forwards?: readonly string[]
  /** What follows the id: empty, or from its `/` on. */
  readonly action: string
  /** What kind of body it takes. */
  readonly body: 'none' | 'json' | 'upload'
  /** The member of a JSON body that names a thing of another kind, to whose owner the request has to go. */
  readonly names?: { readonly member: string; readonly kind: ResourceKind }
}
