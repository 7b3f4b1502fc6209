/** `ServiceTierType` of @aws-sdk/client-bedrock-runtime 3.1164.0, dist-types/models/enums.d.ts. */
const tiers: ReadonlySet<string> = new Set(['default', 'flex', 'priority', 'reserved'])

/** Anthropic's and Google's ordinary tier is this wire's `default`; `undefined` for a tier that it has no word for. */
export function serviceTierOf(tier: string): string | undefined {
  if (tier === 'standard' || tier === 'standard_only') return 'default'
  return tiers.has(tier) ? tier : undefined
}
