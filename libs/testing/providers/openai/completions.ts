import { isJsonObject, type Json, type JsonObject } from '#contract'
import { countTokens } from '../answer.ts'
import { readScenario } from '../models.ts'
import { type Answer, type Ending, type VendorApi, VendorError } from '../types.ts'
import { usage } from './encode.ts'
import { invalid, missing, outOfRange, unknownModel, wrongType } from './errors.ts'
import {
  checkNumber,
  type NumberRule,
  parse,
  readStop,
  readStream,
  refuseUnknownMembers,
} from './read-request.ts'

/** Every member of `CompletionCreateParamsBase` (openai 7.57.0); another one is refused. */
const members: ReadonlySet<string> = new Set(
  'model prompt best_of echo frequency_penalty logit_bias logprobs max_tokens n presence_penalty seed stop stream stream_options suffix temperature top_p user'.split(
    ' ',
  ),
)

const numbers: Readonly<Record<string, NumberRule>> = {
  temperature: { kind: 'decimal', min: 0, max: 2 },
  top_p: { kind: 'decimal', min: 0, max: 1 },
  frequency_penalty: { kind: 'decimal', min: -2, max: 2 },
  presence_penalty: { kind: 'decimal', min: -2, max: 2 },
  n: { kind: 'integer', min: 1, max: 128 },
  best_of: { kind: 'integer', min: 1, max: 20 },
  max_tokens: { kind: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER },
  logprobs: { kind: 'integer', min: 0, max: 5 },
  seed: { kind: 'integer', min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY },
}

const finishReasons = {
  natural: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'tool-call': 'stop',
} as const satisfies Record<Ending['type'], string>

const defaultMaxTokens = 16

/** OpenAI's API before chat: `resources/completions` of the `openai` package. */
export const completions: VendorApi = {
  read({ body, knows, acceptUnknown }) {
    const request = parse(body)
    const { model } = request
    if (model === undefined || model === null || model === '') {
      throw invalid('you must provide a model parameter', null, null)
    }
    if (typeof model !== 'string') throw wrongType('model', 'a string', model)
    if (!acceptUnknown) refuseUnknownMembers(request, members)
    const prompt = readPrompt(request['prompt'])
    for (const [param, rule] of Object.entries(numbers)) checkNumber(param, rule, request[param])
    const stream = readStream(request)
    const candidates = typeof request['n'] === 'number' ? request['n'] : 1
    checkBestOf(request, { candidates, stream })
    const stop = readStop(request['stop'])
    checkModel(model, knows)
    const options = isJsonObject(request['stream_options']) ? request['stream_options'] : {}
    return {
      model,
      stream,
      text: prompt,
      inputTokens: countTokens(prompt.length),
      maxTokens: typeof request['max_tokens'] === 'number' ? request['max_tokens'] : defaultMaxTokens,
      stop,
      candidates,
      includeUsage: options['include_usage'] === true,
      includeObfuscation: false,
      toolCall: undefined,
    }
  },
  encode(answer) {
    const text = [...answer.pieces].join('')
    const choices = Array.from({ length: answer.question.candidates }, (_, index) =>
      choice({ text, index, finish_reason: finishReasons[answer.ending.type] }),
    )
    return `${JSON.stringify({ ...head(answer), choices, usage: usage(answer) }, null, 2)}\n`
  },
  *streamEvents(answer) {
    const { candidates, includeUsage } = answer.question
    const event = (choices: readonly object[], counted: unknown = null) =>
      `data: ${JSON.stringify({ ...head(answer), choices, ...(includeUsage && { usage: counted }) })}\n\n`
    for (const text of answer.pieces) {
      for (let index = 0; index < candidates; index++) {
        yield event([choice({ text, index, finish_reason: null })])
      }
    }
    for (let index = 0; index < candidates; index++) {
      yield event([choice({ text: '', index, finish_reason: finishReasons[answer.ending.type] })])
    }
    if (includeUsage) yield event([], usage(answer))
    yield 'data: [DONE]\n\n'
  },
}

/** The text; tokens are only counted, and several prompts are more than the simulated model is asked. */
function readPrompt(prompt: Json | undefined): string {
  if (prompt === undefined || prompt === null) throw missing('prompt')
  if (typeof prompt === 'string') return prompt
  if (!Array.isArray(prompt)) {
    throw wrongType(
      'prompt',
      'one of a string, array of strings, array of integers, or array of arrays',
      prompt,
    )
  }
  const [first] = prompt as readonly Json[]
  return typeof first === 'string' ? first : `${prompt.length} tokens`
}

function checkBestOf(
  request: JsonObject,
  { candidates, stream }: { readonly candidates: number; readonly stream: boolean },
): void {
  const bestOf = request['best_of']
  if (typeof bestOf !== 'number') return
  if (stream && bestOf > 1)
    throw invalid('You requested that the server stream results, but best_of > 1.', null, null)
  if (bestOf < candidates) {
    throw outOfRange({ param: 'best_of', kind: 'integer', side: 'below', bound: candidates, value: bestOf })
  }
}

function checkModel(model: string, knows: (model: string) => boolean): void {
  if (!knows(model)) throw unknownModel(model)
  const base = readScenario(model)?.base ?? ''
  if (base === '' || /instruct|davinci-002|babbage-002/.test(base)) return
  throw new VendorError({
    status: 404,
    type: 'invalid_request_error',
    message:
      'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?',
    param: 'model',
  })
}

function choice(of: {
  readonly text: string
  readonly index: number
  readonly finish_reason: string | null
}): object {
  return { text: of.text, index: of.index, logprobs: null, finish_reason: of.finish_reason }
}

function head(answer: Answer) {
  return {
    id: `cmpl-${answer.id}`,
    object: 'text_completion',
    created: answer.createdAtSeconds,
    model: answer.question.model,
  }
}
