import type { Json, JsonObject } from '#contract'

/**
 * Forgiving readers for JSON that others wrote: what is not of the kind asked for reads as absent. Decoders of answers
 * use these; decoders of requests use `request-members.ts`, which complains.
 */
export function asText(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function asNumber(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

export function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
}

export function asList(value: Json | undefined): readonly Json[] | undefined {
  return Array.isArray(value) ? value : undefined
}

/** Parses a JSON object; `undefined` for any other text. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text) as Json)
  } catch {
    return undefined
  }
}
