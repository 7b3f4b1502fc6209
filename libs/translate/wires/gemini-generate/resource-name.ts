/** The name of a model where the vendor wants it with its collection: tuned models have one of their own. */
export function resourceName(model: string): string {
  return /^(?:models|tunedModels)\//.test(model) ? model : `models/${model}`
}
