import type { AnyCallerWire, AnyProviderWire, ChatWire, WireId } from '#contract'
import { anthropicMessages } from './wires/anthropic-messages/index.ts'
import { bedrockConverse } from './wires/bedrock-converse/index.ts'
import { cohereEmbed } from './wires/cohere-embed/index.ts'
import { cohereRerank } from './wires/cohere-rerank/index.ts'
import { cohereV2 } from './wires/cohere-v2/index.ts'
import { anthropicCountTokens } from './wires/count-tokens/anthropic.ts'
import { geminiCountTokens } from './wires/count-tokens/gemini.ts'
import { openaiInputTokens } from './wires/count-tokens/openai.ts'
import { elevenlabsSpeech } from './wires/elevenlabs/speech.ts'
import { elevenlabsTranscriptions } from './wires/elevenlabs/transcriptions.ts'
import { geminiEmbed, geminiEmbedContent } from './wires/gemini-embed/index.ts'
import { geminiGenerate } from './wires/gemini-generate/index.ts'
import { jinaRerank } from './wires/jina-rerank/index.ts'
import { openaiChat } from './wires/openai-chat/index.ts'
import { openaiCompletions } from './wires/openai-completions/index.ts'
import { openaiEmbeddings } from './wires/openai-embeddings/index.ts'
import { openaiResponses } from './wires/openai-responses/index.ts'
import { passthroughWires } from './wires/passthrough/index.ts'
import { replicateChat } from './wires/replicate/chat.ts'
import { replicateImages } from './wires/replicate/images.ts'
import { titanEmbed } from './wires/titan-embed/index.ts'

/** The chat wires of this build that are spoken both ways. */
const chatWires: { readonly [id in WireId]?: ChatWire } = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
  'gemini-generate': geminiGenerate,
  'bedrock-converse': bedrockConverse,
  'cohere-v2': cohereV2,
}

/** Wires of the operations beside chat, spoken both ways. */
const operationWires: { readonly [id in WireId]?: AnyCallerWire & AnyProviderWire } = {
  'openai-embeddings': openaiEmbeddings,
  'gemini-embed': geminiEmbed,
  'cohere-embed': cohereEmbed,
  'openai-input-tokens': openaiInputTokens,
  'anthropic-count-tokens': anthropicCountTokens,
  'gemini-count-tokens': geminiCountTokens,
  'cohere-rerank': cohereRerank,
  'jina-rerank': jinaRerank,
}

/** Wires that we alone speak, to providers. */
const providerWires: { readonly [id in WireId]?: AnyProviderWire } = {
  'titan-embed': titanEmbed,
  'elevenlabs-speech': elevenlabsSpeech,
  'elevenlabs-transcriptions': elevenlabsTranscriptions,
  'replicate-chat': replicateChat,
  'replicate-images': replicateImages,
}

/** Wires that callers alone speak to us. */
const callerWires: { readonly [id in WireId]?: AnyCallerWire } = {
  'gemini-embed-content': geminiEmbedContent,
  ...passthroughWires,
  'openai-completions': openaiCompletions,
}

/** The chat wire of that id; `undefined` for one that this build does not speak both ways. */
export function chatWireOf(id: WireId): ChatWire | undefined {
  return chatWires[id]
}

/** The wire of that id as callers speak it to us; `undefined` for one that this build does not speak yet. */
export function callerWireOf(id: WireId): AnyCallerWire | undefined {
  return chatWires[id] ?? operationWires[id] ?? callerWires[id]
}

/** The wire of that id as we speak it to providers; `undefined` for one that this build does not speak yet. */
export function providerWireOf(id: WireId): AnyProviderWire | undefined {
  return chatWires[id] ?? operationWires[id] ?? providerWires[id]
}

/** The chat wires that are spoken both ways. */
export function allChatWires(): readonly ChatWire[] {
  return Object.values(chatWires)
}
