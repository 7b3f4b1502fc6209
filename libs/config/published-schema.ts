/**
 * The schema in its published form (`docs/config.schema.json`). What describes it is loaded here only: a process reads
 * `schema.json`, which is generated from it, because the builders are a quarter of all modules of a start.
 */
export async function publishedSchema(): Promise<object> {
  const { configSchema } = await import('./schema.ts')
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', ...configSchema }
}
