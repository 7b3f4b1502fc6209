import type { RedisHarness } from '../../libs/testing/index.ts'

/** Keys of one kind: all whose names differ in ids only. */
export type KeyGroup = {
  readonly kind: string
  readonly type: string
  readonly keys: number
  /** How many of them stay for ever. */
  readonly lasting: number
  readonly longestTtlSeconds: number
}

export type RedisState = {
  readonly keys: number
  readonly usedMegabytes: number
  readonly channels: readonly string[]
  readonly groups: readonly KeyGroup[]
}

/** What stays by design, and why. */
export const lastingByDesign: Readonly<Record<string, string>> = {
  'bull:{}:meta': "BullMQ's settings of a queue",
  'bull:{}:marker': 'wakes the workers of a queue',
  'bull:{}:pc': "BullMQ's counter of jobs with a priority",
  'bull:{}:events': "BullMQ's event stream, kept at length 0",
  'bull:{}:id': "BullMQ's counter of job ids",
  '{}:limits': 'concurrency and buffer size, as the last worker set them',
}

const listScript = `
local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  table.insert(all, key .. ' ' .. redis.call('TYPE', key).ok .. ' ' .. redis.call('PTTL', key))
end
return all`

export async function readRedis(redis: RedisHarness): Promise<RedisState> {
  const [listed, memory, channels] = await Promise.all([
    redis.command('EVAL', listScript, '0'),
    redis.command('INFO', 'memory'),
    redis.command('PUBSUB', 'CHANNELS', '*'),
  ])
  const lines = listed.split('\n').filter((line) => line !== '')
  return {
    keys: lines.length,
    usedMegabytes: Math.round((Number(/used_memory:(\d+)/.exec(memory)?.[1]) / 1024 / 1024) * 1000) / 1000,
    channels: channels
      .split('\n')
      .filter((name) => name !== '')
      .sort(),
    groups: groupsOf(lines),
  }
}

function groupsOf(lines: readonly string[]): readonly KeyGroup[] {
  const groups = new Map<string, KeyGroup>()
  for (const line of lines) {
    const [key = '', type = '', ttl = ''] = line.split(' ')
    const kind = kindOf(key)
    const before = groups.get(kind) ?? { kind, type, keys: 0, lasting: 0, longestTtlSeconds: 0 }
    groups.set(kind, {
      ...before,
      keys: before.keys + 1,
      lasting: before.lasting + (Number(ttl) < 0 ? 1 : 0),
      longestTtlSeconds: Math.max(before.longestTtlSeconds, Math.round(Number(ttl) / 1_000)),
    })
  }
  return [...groups.values()].sort((a, b) => a.kind.localeCompare(b.kind))
}

/** A key's name without the prefix, with `{}` for a provider and `*` for ids. */
export function kindOf(key: string): string {
  return key
    .replace(/^[^:]*:/, '')
    .replace(/\{[^}]*\}/, '{}')
    .replace(/^(\{\}:(?:tenant|body|window)|record:[a-z]+|rate):.*$/, '$1:*')
    .replace(/^(bull:\{\}):(?=.*\d).*$/, '$1:*')
}

/** Of one request or caller: it has to go when that has gone. */
export function isOfCallers({ kind }: KeyGroup): boolean {
  return isOfRequests(kind) || /^(?:record|rate):/.test(kind)
}

/** Jobs, bodies and reserved places: gone with the answer. Turns (`tags`) are a queue's, and end an hour after the last wait. */
export function isOfRequests(kind: string): boolean {
  return (
    kind === 'bull:{}:*' ||
    /^\{\}:(?:body:\*|admitted|tenant:\*)$/.test(kind) ||
    /^bull:\{\}:(?:wait|active|prioritized|delayed|paused|stalled)$/.test(kind)
  )
}
