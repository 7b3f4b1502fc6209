import type { OwnContestant } from '../contestants/own.ts'

/** Lines that say a value, over all processes. */
export async function countSeries(gateway: OwnContestant): Promise<number> {
  return (await linesOf(gateway)).length
}

/** What the queues hold by state, over all providers, as the API says it. */
export async function queueDepths(gateway: OwnContestant): Promise<Readonly<Record<string, number>>> {
  const depths: Record<string, number> = {}
  for (const line of await linesOf(gateway)) {
    const [, state, value] = /^bifrost_queue_depth\{.*state="([a-z]+)".*\} (\d+)/.exec(line) ?? []
    if (state !== undefined) depths[state] = (depths[state] ?? 0) + Number(value)
  }
  return depths
}

async function linesOf({ urls }: OwnContestant): Promise<readonly string[]> {
  const texts = await Promise.all(
    Object.values(urls).map(async (url) => await (await fetch(`${url}/metrics`)).text()),
  )
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
}
