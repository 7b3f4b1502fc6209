import type { AnyCallerWire, WireId } from '#contract'
import * as anthropicErrors from '../anthropic-messages/errors.ts'
import * as geminiErrors from '../gemini-generate/errors.ts'
import { images } from '../openai-media/images.ts'
import { speech } from '../openai-media/speech.ts'
import { transcriptions } from '../openai-media/transcriptions.ts'
import { createPassthroughWire } from './create-wire.ts'

/*
 * Members and last events: the types of `openai` 7.57.0, `resources/images`, `resources/audio/*`, `resources/moderations`.
 */
const streams = { asksForStream: (body: { readonly [name: string]: unknown }) => body['stream'] === true }

/** APIs beside chat that are passed on to a provider that speaks them. */
export const passthroughWires: { readonly [id in WireId]?: AnyCallerWire } = {
  'openai-images': createPassthroughWire({
    id: 'openai-images',
    operation: 'images',
    model: 'optional',
    ...streams,
    lastEvent: /^image_generation\.completed$/,
    crossing: images,
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
    crossing: speech,
  }),
  'openai-transcriptions': createPassthroughWire({
    id: 'openai-transcriptions',
    operation: 'transcriptions',
    model: 'required',
    ...streams,
    lastEvent: /^transcript\.text\.done$/,
    crossing: transcriptions,
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
  'openai-compact': createPassthroughWire({
    id: 'openai-compact',
    operation: 'responses',
    model: 'required',
  }),
  'openai-files': createPassthroughWire({ id: 'openai-files', operation: 'files', model: 'optional' }),
  'openai-batches': createPassthroughWire({ id: 'openai-batches', operation: 'batches', model: 'optional' }),
  'anthropic-files': createPassthroughWire({
    id: 'anthropic-files',
    operation: 'files',
    model: 'optional',
    errors: anthropicErrors,
  }),
  'anthropic-batches': createPassthroughWire({
    id: 'anthropic-batches',
    operation: 'batches',
    model: 'optional',
    errors: anthropicErrors,
    localize: localizeResultsUrl,
  }),
  'gemini-files': createPassthroughWire({
    id: 'gemini-files',
    operation: 'files',
    model: 'optional',
    errors: geminiErrors,
  }),
  'gemini-uploads': createPassthroughWire({
    id: 'gemini-uploads',
    operation: 'files',
    model: 'optional',
    errors: geminiErrors,
  }),
}

/**
 * `results_url` is an address at the vendor, to which its SDKs send the credential that was meant for us. Without its origin
 * they resolve it against their base URL, and come back here (`@anthropic-ai/sdk` 1.12.0, resources/messages/batches,
 * `results`; `buildURL` in client).
 */
function localizeResultsUrl(text: string): string {
  return text.replaceAll(/("results_url"\s*:\s*")https?:\/\/[^/"\\]+(?=\/v1\/messages\/batches\/)/g, '$1')
}
