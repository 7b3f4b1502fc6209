import { createHash } from 'node:crypto'
import { isJsonObject, type JsonObject } from '#contract'
import type { PlainAnswer, PlainApi, PlainRequest } from '../types.ts'
import { invalid, missing, unknownModel, wrongType, wrongValue } from './errors.ts'
import { imageAnswer, moderationAnswer, speechAnswer, transcriptAnswer } from './media-answers.ts'
import { type FormPart, readForm } from './read-form.ts'

/*
 * OpenAI's APIs beside chat, by the types of `openai` 7.57.0 (`resources/images`, `resources/audio/*`,
 * `resources/moderations`): members that those do not name are refused.
 */

/** A request's members: of a JSON body, or the text fields of a form; `files` are a form's. */
export type Asked = { readonly members: JsonObject; readonly files: readonly FormPart[] }

type Api = {
  readonly form: boolean
  readonly members: readonly string[]
  readonly required: readonly string[]
  /** Names that files may have; the first is required. Absent = no files. */
  readonly files?: readonly string[]
  readonly defaultModel?: string
  answer(asked: Asked, model: string): Omit<PlainAnswer, 'model'>
}

const words = (text: string) => text.split(' ')

const apis: Readonly<Record<string, Api>> = {
  '/v1/images/generations': {
    form: false,
    members: words(
      'prompt background complexity frame_count frame_duration_ms model moderation n output_compression output_format partial_images quality response_format safety_identifier size stream style svg user',
    ),
    required: ['prompt'],
    defaultModel: 'dall-e-2',
    answer: ({ members }) => imageAnswer('image_generation', String(members['prompt']), members),
  },
  '/v1/images/edits': {
    form: true,
    members: words(
      'prompt background complexity frame_count frame_duration_ms input_fidelity model n output_compression output_format partial_images quality response_format safety_identifier size stream svg user',
    ),
    required: ['prompt'],
    files: ['image', 'image[]', 'mask', 'markup'],
    defaultModel: 'dall-e-2',
    answer: ({ members, files }) => imageAnswer('image_edit', describe(files), members),
  },
  '/v1/images/variations': {
    form: true,
    members: words('model n response_format size user'),
    required: [],
    files: ['image'],
    defaultModel: 'dall-e-2',
    answer: ({ members, files }) => imageAnswer('image_generation', describe(files), members),
  },
  '/v1/audio/speech': {
    form: false,
    members: words('input model voice instructions response_format speed stream_format'),
    required: ['model', 'input', 'voice'],
    answer: ({ members }, model) => {
      checkChoice(members, 'response_format', words('mp3 opus aac flac wav pcm'))
      checkChoice(members, 'stream_format', ['sse', 'audio'])
      if (members['stream_format'] === 'sse' && model.startsWith('tts-1')) {
        throw invalid("'stream_format' 'sse' is not supported with this model.", 'stream_format', null)
      }
      return speechAnswer(members)
    },
  },
  '/v1/audio/transcriptions': {
    form: true,
    members: words(
      'model chunking_strategy include[] keywords[] known_speaker_names[] known_speaker_references[] language languages[] prompt response_format stream temperature timestamp_granularities[]',
    ),
    required: ['model'],
    files: ['file'],
    answer: ({ members, files }, model) => {
      checkChoice(members, 'response_format', words('json text srt verbose_json vtt diarized_json'))
      // Streaming is ignored for whisper-1.
      const stream = members['stream'] === 'true' && model !== 'whisper-1'
      return transcriptAnswer(describe(files), {
        format: String(members['response_format'] ?? 'json'),
        stream,
      })
    },
  },
  '/v1/audio/translations': {
    form: true,
    members: words('model prompt response_format temperature'),
    required: ['model'],
    files: ['file'],
    answer: ({ members, files }) => {
      checkChoice(members, 'response_format', words('json text srt verbose_json vtt'))
      const format = String(members['response_format'] ?? 'json')
      return transcriptAnswer(describe(files), { format, stream: false })
    },
  },
  '/v1/moderations': {
    form: false,
    members: ['input', 'model'],
    required: ['input'],
    defaultModel: 'omni-moderation-latest',
    answer: ({ members }, model) => moderationAnswer(members['input'], model),
  },
}

/** Undefined for a path that is none of these. */
export function mediaApi(path: string): PlainApi | undefined {
  const api = apis[path]
  return api && { answer: (request) => answerWith(api, request) }
}

function answerWith(api: Api, request: PlainRequest): PlainAnswer {
  const asked = api.form ? askedByForm(request) : { members: askedByJson(request), files: [] }
  check(api, asked)
  const model = asked.members['model'] ?? api.defaultModel
  if (typeof model !== 'string') throw wrongType('model', 'a string', model)
  if (!request.knows(model)) throw unknownModel(model)
  return { model, ...api.answer(asked, model) }
}

function askedByJson({ body, headers }: PlainRequest): JsonObject {
  if (!/^application\/json\b/.test(headers['content-type'] ?? '')) {
    throw invalid(`Unsupported content type: '${headers['content-type']}'.`, null, 'unsupported_content_type')
  }
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (isJsonObject(value)) return value
  } catch {
    // Refused below, as the vendor refuses both.
  }
  throw invalid('We could not parse the JSON body of your request.', null, null)
}

function askedByForm({ body, headers }: PlainRequest): Asked {
  const parts = readForm(body, headers['content-type'] ?? '')
  const fields = parts.filter((part) => part.filename === undefined)
  return {
    members: Object.fromEntries(fields.map(({ name, content }) => [name, content.toString('utf8')])),
    files: parts.filter((part) => part.filename !== undefined),
  }
}

function check(api: Api, { members, files }: Asked): void {
  const unknown = Object.keys(members).filter((name) => !api.members.includes(name))
  if (unknown.length > 0)
    throw invalid(`Unknown parameter: '${unknown[0]}'.`, unknown[0] ?? null, 'unknown_parameter')
  const strange = files.find((file) => api.files?.includes(file.name) !== true)
  if (strange !== undefined)
    throw invalid(`Unknown parameter: '${strange.name}'.`, strange.name, 'unknown_parameter')
  const [required] = api.files ?? []
  if (required !== undefined && !files.some((file) => file.name.replace('[]', '') === required))
    throw missing(required)
  for (const name of api.required)
    if (members[name] === undefined || members[name] === '') throw missing(name)
}

function checkChoice(members: JsonObject, name: string, supported: readonly string[]): void {
  const value = members[name]
  if (value !== undefined && !supported.includes(String(value)))
    throw wrongValue(name, String(value), supported)
}

/** What shows that every byte has come. */
function describe(files: readonly FormPart[]): string {
  return files
    .map(({ filename, content }) => {
      const sha256 = createHash('sha256').update(content).digest('hex')
      return `name=${filename} size=${content.length} sha256=${sha256}`
    })
    .join('; ')
}
