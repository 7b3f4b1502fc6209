import type { Upstream } from '../contestants/types.ts'

/** One provider a behaviour, so that what befalls one (open breaker, cool key, full queue) leaves the others alone. */
export function configFor({ url: base_url }: Upstream): object {
  const keys = (...names: readonly string[]) =>
    names.map((name) => ({ name, value: `sk-soak-${name}`, models: [] as string[], weight: 1 }))
  const network = (more: object = {}) => ({ base_url, ...more })
  const own = (more: object) => ({
    keys: keys('only'),
    network_config: network(),
    custom_provider_config: { base_provider_type: 'openai' },
    ...more,
  })
  const retries = { max_retries: 2, retry_backoff_initial_ms: 300, retry_backoff_max_ms: 600 }
  return {
    providers: {
      openai: { keys: keys('first', 'second'), network_config: network() },
      anthropic: { keys: keys('first'), network_config: network() },
      gemini: { keys: keys('first'), network_config: network() },
      // Every third call fails; waits of more than 250 ms are delayed jobs.
      flaky: own({ network_config: network(retries) }),
      // Always fails: its breaker is open most of the time.
      down: own({ network_config: network({ max_retries: 0 }) }),
      // Sends both of its keys away, each for a second.
      refusing: own({ keys: keys('one', 'two'), network_config: network({ max_retries: 1 }) }),
      // Less room than what is asked for.
      tight: own({ concurrency_and_buffer_size: { concurrency: 2, buffer_size: 4 } }),
      metered: own({}),
      // Admits one model.
      named: own({ keys: [{ name: 'only', value: 'sk-soak-named', models: ['known'], weight: 1 }] }),
    },
    model_aliases: {
      either: [
        { model: 'openai/gpt-4o-mini', weight: 3 },
        { model: 'anthropic/claude-3-5-haiku-20241022', weight: 1 },
      ],
    },
    fallbacks: { 'refusing/gpt-soak-refused': ['anthropic/claude-3-5-haiku-20241022'] },
    routing: {
      strategy: 'lowest-latency',
      cache: { ttl_in_seconds: 5 },
      circuit_breaker: { open_in_seconds: 2 },
      rate_limits: [
        // Never reached, yet counted for every key that a caller invents.
        { per: 'client_key', requests_per_minute: 1_000_000, tokens_per_minute: 1_000_000_000 },
        { per: 'model', requests_per_minute: 10_000_000 },
        { per: 'provider', match: 'metered', requests_per_minute: 120 },
      ],
    },
    queue: { tenant_share: 0.5 },
  }
}
