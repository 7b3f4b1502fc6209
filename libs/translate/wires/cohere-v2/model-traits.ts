/*
 * What the vendor's models take, by their names. The vendor answers 400 to what a model does not take.
 *
 *   thinks       reasoning models ("Reasoning is enabled by default for models that support it", cohere-ai 8.1.0,
 *                Thinking.type): not the Command R family, Command A of March 2025, its vision and translation models
 *   toolChoice   "only compatible with models Command-r7b and newer" (V2ChatRequest.toolChoice)
 *
 * A model of another name (a deployment, a newer one) takes everything.
 */

export type ModelTraits = { readonly thinks: boolean; readonly toolChoice: boolean }

const withoutThinking =
  /^(?:command(?:-r\d*b?(?:-.*)?|-light.*|-nightly.*)?|command-a-03-2025|command-a-vision.*|command-a-translate.*|c4ai-.*)$/
const withoutToolChoice = /^command(?:-r(?:-plus)?(?:-\d\d-2024)?|-light.*|-nightly.*)?$/

export function traitsOf(model: string): ModelTraits {
  const name = model.slice(model.lastIndexOf('/') + 1)
  return { thinks: !withoutThinking.test(name), toolChoice: !withoutToolChoice.test(name) }
}
