import { createHmac } from 'node:crypto'
import { type Json, Secret } from '#contract'
import type { KeyConfig } from './types.ts'

/** The one label keeps these digests apart from any other digest of the same keys. */
const label = 'bifrost key name 1'

/**
 * What logs, metrics and the store call a key that has no name in the file: a digest of what it asks with and where. It
 * is the same on all pods and stays when keys are put in another order; another value is another key. Two entries of one
 * value and one place are one key.
 */
export function keyNameOf(key: Pick<KeyConfig, 'value' | 'identity' | 'url' | 'place'>): string {
  const { value, identity, url, place } = key
  const text = JSON.stringify([value, identity ?? null, url ?? null, place ?? null].map(revealed))
  return `key-${createHmac('sha256', label).update(text).digest('hex').slice(0, 12)}`
}

/** Secrets print as nothing, and members come in the order in which they were read. */
function revealed(value: unknown): Json {
  if (value instanceof Secret) return value.reveal()
  if (Array.isArray(value)) return value.map(revealed)
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, revealed(member)] as const).toSorted())
}
