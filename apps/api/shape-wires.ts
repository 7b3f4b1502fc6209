import type { AnyCallerWire, WireId } from '#contract'
import { callerWireOf } from '#translate'
import type { Shape } from './routes/unrouted.ts'

/** A wire that routes are built on; one that is missing is a mistake of the build. */
export function builtIn(id: WireId): AnyCallerWire {
  const wire = callerWireOf(id)
  if (wire === undefined) throw new Error(`the wire ${id} is not in this build`)
  return wire
}

/** The wire of each shape in which callers parse errors. */
export function shapeWires(): Readonly<Record<Shape, AnyCallerWire>> {
  return {
    openai: builtIn('openai-chat'),
    anthropic: builtIn('anthropic-messages'),
    genai: builtIn('gemini-generate'),
    cohere: builtIn('cohere-v2'),
    bedrock: builtIn('bedrock-converse'),
  }
}
