import type { ChatRequest, JsonObject } from '#contract'
import { traitsOf } from './model-traits.ts'

/*
 * An answer that must fit a JSON Schema. Models that can hold to one are asked by `outputConfig.textFormat`. The others
 * get a tool whose input has that schema and are made to call it; the call then comes back as the text of the answer.
 * Both sides ask this file: request and model alone decide whether there is such a tool and how it is called, so the
 * decoder of the answer (which is handed both, as AnswerContext) knows without any state between.
 */
export type AnswerTool = {
  readonly name: string
  readonly description: string
  readonly schema: JsonObject
}

const preferredName = 'json_answer'

/** The tool that stands for the asked format; `undefined` where the model needs none or the tools' choice is taken. */
export function answerToolOf(request: ChatRequest, model: string): AnswerTool | undefined {
  const { responseFormat: format, toolChoice, tools = [] } = request
  if (format?.type !== 'json-schema' || traitsOf(model).structuredOutput) return undefined
  // A tool that must be called now leaves no place for an answer; a tool's input is an object.
  if (toolChoice !== undefined && toolChoice.type !== 'auto' && toolChoice.type !== 'none') return undefined
  if ((format.schema['type'] ?? 'object') !== 'object') return undefined
  const taken = new Set(tools.flatMap((tool) => (tool.type === 'function' ? tool.name : [])))
  let name = preferredName
  for (let count = 2; taken.has(name); count += 1) name = `${preferredName}_${count}`
  const description = format.description ?? 'Gives the answer to the user, in the form that was asked for.'
  return { name, description, schema: { type: 'object', ...format.schema } }
}

/** `schema` is JSON in a string here. */
export function encodeTextFormat(request: ChatRequest, model: string): JsonObject | undefined {
  const { responseFormat: format } = request
  if (format?.type !== 'json-schema' || !traitsOf(model).structuredOutput) return undefined
  const jsonSchema = {
    schema: JSON.stringify(format.schema),
    name: format.name,
    ...(format.description !== undefined && { description: format.description }),
  }
  return { type: 'json_schema', structure: { jsonSchema } }
}
