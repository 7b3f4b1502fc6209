import type { AnyCallerWire, WireId } from '#contract'
import { createPassthroughWire } from './create-wire.ts'

/*
 * Members and last events: the types of `openai` 7.57.0, `resources/images`, `resources/audio/*`, `resources/moderations`.
 */
const streams = { asksForStream: (body: { readonly [name: string]: unknown }) => body['stream'] === true }

/** OpenAI's APIs beside chat that are passed on to a provider that speaks them. */
export const passthroughWires: { readonly [id in WireId]?: AnyCallerWire } = {
  'openai-images': createPassthroughWire({
    id: 'openai-images',
    operation: 'images',
    model: 'optional',
    ...streams,
    lastEvent: /^image_generation\.completed$/,
  }),
  'openai-image-edits': createPassthroughWire({
    id: 'openai-image-edits',
    operation: 'images',
    model: 'optional',
    ...streams,
    lastEvent: /^image_edit\.completed$/,
  }),
  'openai-image-variations': createPassthroughWire({
    id: 'openai-image-variations',
    operation: 'images',
    model: 'optional',
  }),
  'openai-speech': createPassthroughWire({
    id: 'openai-speech',
    operation: 'speech',
    model: 'required',
    asksForStream: (body) => body['stream_format'] === 'sse',
    lastEvent: /^speech\.audio\.done$/,
  }),
  'openai-transcriptions': createPassthroughWire({
    id: 'openai-transcriptions',
    operation: 'transcriptions',
    model: 'required',
    ...streams,
    lastEvent: /^transcript\.text\.done$/,
  }),
  'openai-translations': createPassthroughWire({
    id: 'openai-translations',
    operation: 'transcriptions',
    model: 'required',
  }),
  'openai-moderations': createPassthroughWire({
    id: 'openai-moderations',
    operation: 'moderations',
    model: 'optional',
  }),
}
