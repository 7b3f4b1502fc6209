import { GoogleGenAI } from '@google/genai'
import { GoogleGenAI as GoogleGenAI2025 } from 'genai-2025'
import type { Answered, Ask, ClientRow } from './client.ts'

type Client = typeof GoogleGenAI
const generations = {
  '@google/genai': GoogleGenAI,
  '@google/genai (mid 2025)': GoogleGenAI2025 as unknown as Client,
} as const

const config = { systemInstruction: 'Be brief.', maxOutputTokens: 200 }

function generate(Client: Client): Ask {
  return async (baseUrl, model, contents) => {
    const client = new Client({ apiKey: 'dummy', httpOptions: { baseUrl } })
    const response = await client.models.generateContent({ model, contents, config })
    return {
      text: response.text ?? '',
      input: response.usageMetadata?.promptTokenCount ?? 0,
      output: response.usageMetadata?.candidatesTokenCount ?? 0,
    }
  }
}

function generateStream(Client: Client): Ask {
  return async (baseUrl, model, contents) => {
    const client = new Client({ apiKey: 'dummy', httpOptions: { baseUrl } })
    const stream = await client.models.generateContentStream({ model, contents, config })
    let answered: Answered = { text: '', input: 0, output: 0 }
    for await (const chunk of stream) {
      answered = {
        text: answered.text + (chunk.text ?? ''),
        input: chunk.usageMetadata?.promptTokenCount ?? answered.input,
        output: chunk.usageMetadata?.candidatesTokenCount ?? answered.output,
      }
    }
    return answered
  }
}

export const genaiRows: readonly ClientRow[] = Object.entries(generations).flatMap(([name, Client]) => [
  { title: `${name}, generateContent`, surface: '/genai', own: 'gemini', ask: generate(Client) },
  { title: `${name}, generateContentStream`, surface: '/genai', own: 'gemini', ask: generateStream(Client) },
])
