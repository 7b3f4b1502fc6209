import type { Redis } from 'ioredis'
import type { Site } from '#store'

/** Names of everything in Redis. Keys of a provider, BullMQ's and ours, carry `{provider}`: one cluster slot each. */
export type Keys = {
  /** BullMQ's prefix; its queue is named `{provider}`. */
  readonly bullPrefix: string
  queueName(provider: string): string
  /** A key of BullMQ's own, for the scripts that read its lists. */
  bull(provider: string, name: string): string
  /** ZSET job id → when its reservation ends (ms). */
  admitted(provider: string): string
  /** ZSET job id → when its reservation ends (ms), of one tenant; only where shares are counted. */
  tenant(provider: string, tenant: string): string
  /** HASH of turns (fair-tags.ts); only while something waits. */
  tags(provider: string): string
  /** HASH `concurrency`, `bufferSize`: what the last worker to start or `setLimits` has set. */
  limits(provider: string): string
  /** A body that is too large for the job itself. */
  body(provider: string, jobId: string): string
  /** Where an API pod listens for frames, at this site. */
  replyChannel(pod: string): string
  /** Where a worker listens for control messages. */
  controlChannel(worker: string): string
  /** Where all workers listen. */
  readonly allWorkersChannel: string
  /** Says something on one of these channels. */
  publish(connection: Redis, channel: string, message: string | Buffer): Promise<unknown>
}

/** Keys are the same everywhere; channels are those of one site, of a plain Redis unless it is named. */
export function createKeys(prefix: string, site?: Site): Keys {
  const channel = site?.channel ?? ((name: string) => `${prefix}:${name}`)
  return {
    bullPrefix: `${prefix}:bull`,
    queueName: (provider) => `{${provider}}`,
    bull: (provider, name) => `${prefix}:bull:{${provider}}:${name}`,
    admitted: (provider) => `${prefix}:{${provider}}:admitted`,
    tenant: (provider, tenant) => `${prefix}:{${provider}}:tenant:${tenant}`,
    tags: (provider) => `${prefix}:{${provider}}:tags`,
    limits: (provider) => `${prefix}:{${provider}}:limits`,
    body: (provider, jobId) => `${prefix}:{${provider}}:body:${jobId}`,
    replyChannel: (pod) => channel(`reply:${pod}`),
    controlChannel: (worker) => channel(`control:${worker}`),
    allWorkersChannel: channel('control'),
    publish: (connection, name, message) =>
      site?.sharded === true ? connection.spublish(name, message) : connection.publish(name, message),
  }
}

/** Made by us, never from a client's id; BullMQ takes no digits-only id and no colon. */
export function jobIdOf(requestId: string, hop: number): string {
  return `${requestId}-${hop}`
}

/** Where one hop of a request waits or runs, and whose it is. */
export type Place = {
  readonly provider: string
  readonly requestId: string
  readonly jobId: string
  /** Empty where it is not known. */
  readonly tenant: string
}

export function placeOf(
  { requestId, tenant }: { readonly requestId: string; readonly tenant: string },
  provider: string,
  hop: number,
): Place {
  return { provider, requestId, jobId: jobIdOf(requestId, hop), tenant }
}
