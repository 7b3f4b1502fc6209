/*
 * One token of one account.
 *
 *   state      entered by                           a caller gets                    left by
 *   empty      creation, a failure without a token  the outcome of `obtain`          the token: fresh
 *   fresh      a token                              the token                        its time to renew
 *   due        the time to renew                    the token once `obtain` is done  a new token: fresh
 *              (5 min before the end, or half       with; the old one where it
 *              of a shorter life)                   fails before the old one's end   the end: empty
 *
 * All callers of one moment share one `obtain`. After a failure of a renewal the old token is used for half a minute
 * before the next try, so that an endpoint that is away is not asked by every request.
 */

/** A token and when it ends (epoch milliseconds). */
export type Expiring<Value> = { readonly value: Value; readonly expiresAtMs: number }

const renewBeforeMs = 300_000
const retryAfterMs = 30_000

export function createTokenCache<Value>(options: {
  obtain(): Promise<Expiring<Value>>
  nowMs(): number
}): () => Promise<Value> {
  const { obtain, nowMs } = options
  let token: (Expiring<Value> & { renewAtMs: number }) | undefined
  let underWay: Promise<Value> | undefined

  async function renew(): Promise<Value> {
    try {
      const obtained = await obtain()
      const lifeMs = obtained.expiresAtMs - nowMs()
      token = { ...obtained, renewAtMs: obtained.expiresAtMs - Math.min(renewBeforeMs, lifeMs / 2) }
      return obtained.value
    } catch (error) {
      if (token === undefined || nowMs() >= token.expiresAtMs) throw error
      // The old one is good for some minutes more; the failure is told when it is not.
      token.renewAtMs = nowMs() + retryAfterMs
      return token.value
    } finally {
      underWay = undefined
    }
  }

  return async () => {
    if (token !== undefined && nowMs() < token.renewAtMs && nowMs() < token.expiresAtMs) return token.value
    underWay ??= renew()
    return await underWay
  }
}
