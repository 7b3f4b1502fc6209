/*
 * What the vendor's models take, by the generation in their names (`gemini-2.5-flash-lite`, `gemini-3-pro-preview`,
 * `publishers/google/models/gemini-3.1-pro`); `gemini-flash-latest` is of the newest. The vendor answers 400 to what a
 * model does not take.
 *
 *   thinking     levels from 3 on (a budget is taken there for older clients only), budgets on 2.5, none before it:
 *                "An error will be returned if this field is set for models that don't support thinking"
 *   budgets      2.5 Pro 128 to 32,768, never off; 2.5 Flash 0 to 24,576; 2.5 Flash-Lite 512 to 24,576, 0 is off
 *   levels       3 Pro LOW and HIGH, later Pros MEDIUM too; Flash MINIMAL, LOW, MEDIUM and HIGH; none is "off"
 *   signatures   from 3 on the first call of a turn must bear one
 *   media in function responses, and JSON output together with functions: from 3 on
 *
 * Sources: https://ai.google.dev/gemini-api/docs/thinking, …/docs/gemini-3, …/docs/thought-signatures,
 * …/docs/function-calling, …/docs/structured-output; GenerationConfig.thinkingConfig in @google/genai 3.3.0
 */

export type Level = 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH'

export type Thinking =
  | { readonly kind: 'none' }
  | { readonly kind: 'budget'; readonly least: number; readonly most: number; readonly canStop: boolean }
  | { readonly kind: 'level'; readonly levels: readonly Level[] }

export type ModelTraits = {
  readonly thinking: Thinking
  readonly needsSignatures: boolean
  readonly mediaInResults: boolean
  readonly jsonWithFunctions: boolean
}

/** Not of the Gemini family (Gemma, tuned models, other servers of this wire): the oldest common ground. */
const unknownModel: ModelTraits = {
  thinking: { kind: 'none' },
  needsSignatures: false,
  mediaInResults: false,
  jsonWithFunctions: false,
}

export function traitsOf(model: string): ModelTraits {
  const found = /gemini-(?:(\d+)(?:\.(\d+))?|pro|flash)/.exec(model)
  if (found === null || (found[1] === undefined && !model.includes('latest'))) return unknownModel
  const version = found[1] === undefined ? 300 : Number(found[1]) * 100 + Number(found[2] ?? 0)
  if (version < 205) return unknownModel
  const isNew = version >= 300
  return {
    thinking: isNew ? levelsOf(model, version) : budgetsOf(model),
    needsSignatures: isNew,
    mediaInResults: isNew,
    jsonWithFunctions: isNew,
  }
}

function budgetsOf(model: string): Thinking {
  if (model.includes('pro')) return { kind: 'budget', least: 128, most: 32_768, canStop: false }
  const least = model.includes('lite') ? 512 : 1
  return { kind: 'budget', least, most: 24_576, canStop: true }
}

function levelsOf(model: string, version: number): Thinking {
  if (!model.includes('pro')) return { kind: 'level', levels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] }
  return { kind: 'level', levels: version > 300 ? ['LOW', 'MEDIUM', 'HIGH'] : ['LOW', 'HIGH'] }
}
