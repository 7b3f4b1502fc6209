import type { Usage } from '#contract'
import type { Price } from './types.ts'

/**
 * What an answer cost, in US dollars. Each token counts once: what was read from the cache and written to it at its own price,
 * audio out of the rest of its side, reasoning out of the output. A counter that the vendor did not give counts as 0.
 */
export function costOf(usage: Usage, price: Price): number {
  const total = totalInput(usage)
  const { usual, long } = ratesFor(price)
  const rates = price.long !== undefined && total > price.long.aboveTokens ? long : usual
  return (inputCost(usage.input, total, rates) + outputCost(usage.output, rates)) / 1_000_000
}

type Rates = Required<Omit<Price, 'long'>>

type BothRates = { readonly usual: Rates; readonly long: Rates }

/** A price is one object for as long as the process runs. */
const known = new WeakMap<Price, BothRates>()

/** The price with its defaults filled in, up to the length from which another one holds, and above it. */
function ratesFor(price: Price): BothRates {
  let rates = known.get(price)
  if (rates === undefined) {
    const { long, ...usual } = price
    rates = { usual: filledIn(usual), long: filledIn({ ...usual, ...long }) }
    known.set(price, rates)
  }
  return rates
}

function filledIn({ input, output, ...rest }: Omit<Price, 'long'>): Rates {
  const own = {
    cacheRead: input,
    cacheWrite: input,
    audioInput: input,
    reasoning: output,
    audioOutput: output,
  }
  return { ...own, ...rest, input, output }
}

function totalInput({ input }: Usage): number {
  return input.total ?? (input.uncached ?? 0) + (input.cacheRead ?? 0) + (input.cacheWrite ?? 0)
}

function inputCost(input: Usage['input'], total: number, rates: Rates): number {
  const cacheRead = input.cacheRead ?? 0
  const cacheWrite = input.cacheWrite ?? 0
  const uncached = input.uncached ?? Math.max(0, total - cacheRead - cacheWrite)
  // Cached audio is counted in both; it is not worth more than what is not cached.
  const audio = Math.min(input.audio ?? 0, uncached)
  return (
    (uncached - audio) * rates.input +
    audio * rates.audioInput +
    cacheRead * rates.cacheRead +
    cacheWrite * rates.cacheWrite
  )
}

function outputCost(output: Usage['output'], rates: Rates): number {
  const total = output.total ?? (output.reasoning ?? 0) + (output.audio ?? 0)
  const reasoning = Math.min(output.reasoning ?? 0, total)
  const audio = Math.min(output.audio ?? 0, total - reasoning)
  const text = total - reasoning - audio
  return text * rates.output + reasoning * rates.reasoning + audio * rates.audioOutput
}
