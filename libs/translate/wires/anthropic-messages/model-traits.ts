/*
 * What the vendor's models take, by the generation in their names (`claude-opus-4-8`, `claude-sonnet-4-5-20250929`,
 * `anthropic.claude-haiku-4-5…`, `claude-3-5-sonnet-20241022`). The vendor answers 400 to what a model does not take.
 *
 *   sampling         models after Opus 4.6 and Sonnet 4.6 and Haiku 4.5 refuse temperature, top_p and top_k; the 4.x
 *                    models before them take temperature or top_p, not both
 *   thinking         adaptive from 4.6 on; a budget (`enabled`) on 3.7 to 4.6; none before 3.7
 *   system turns     `role: "system"` inside `messages`: Opus 4.8 and every model of generation 5
 *   thinks unasked   generation 5, and max_tokens counts the thinking
 *
 * Sources: https://platform.claude.com/docs/en/api/migration-2026-10-21, …/build-with-claude/thinking,
 * …/build-with-claude/mid-conversation-system-messages, …/build-with-claude/effort
 */

export type ModelTraits = {
  readonly sampling: 'all' | 'temperature-or-top-p' | 'none'
  readonly thinking: 'adaptive' | 'budget' | 'none'
  /** Whether thinking can be switched off where it is adaptive. */
  readonly canStopThinking: boolean
  readonly systemTurns: boolean
  readonly thinksUnasked: boolean
}

/** A model that is not the vendor's (other servers of this wire): the oldest common ground. */
const unknownModel: ModelTraits = {
  sampling: 'all',
  thinking: 'budget',
  canStopThinking: true,
  systemTurns: false,
  thinksUnasked: false,
}

/** Family and generation: 4.8 reads as 408, 5 as 500. */
export type Generation = { readonly family: string; readonly version: number }

export function traitsOf(model: string): ModelTraits {
  const generation = generationOf(model)
  if (generation === undefined) return unknownModel
  const { version } = generation
  return {
    sampling: version >= 407 ? 'none' : version >= 401 ? 'temperature-or-top-p' : 'all',
    thinking: version >= 406 ? 'adaptive' : version >= 307 ? 'budget' : 'none',
    canStopThinking: version <= 500,
    systemTurns: version >= 500 || (generation.family === 'opus' && version >= 408),
    thinksUnasked: version >= 500,
  }
}

export function generationOf(model: string): Generation | undefined {
  const newer = /claude-(opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(model)
  if (newer !== null) return generation(newer[1], newer[2], newer[3])
  const older = /claude-(\d)(?:[-.](\d))?-(opus|sonnet|haiku)/.exec(model)
  if (older !== null) return generation(older[3], older[1], older[2])
  return undefined
}

function generation(family = '', major = '0', minor = '0'): Generation {
  return { family, version: Number(major) * 100 + Number(minor) }
}
