import { type SimulatedProviders, simulatedConfig, simulatedKeys } from '#testing'

/** The real address of this model asks for an account of Google's; Google's other API has it, too. */
const modelAliases = { 'vertex/gemini-pro': 'gemini/gemini-pro' }

/** Every provider that is simulated, at the simulation's address. */
export function demoConfig({ url }: Pick<SimulatedProviders, 'url'>): string {
  const provider = (value: string, account: object = {}) => ({
    keys: [{ value, ...account }],
    network_config: { base_url: url },
  })
  const { providers, ...rest } = simulatedConfig(url, { model_aliases: modelAliases })
  const region = { bedrock_key_config: { region: 'us-east-1' } }
  return JSON.stringify({
    ...rest,
    providers: {
      ...providers,
      cohere: provider(simulatedKeys.cohere),
      bedrock: provider(simulatedKeys.bedrock, region),
      replicate: provider(simulatedKeys.replicate),
      elevenlabs: provider(simulatedKeys.elevenlabs),
    },
  })
}
