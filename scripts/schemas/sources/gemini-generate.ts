import type {
  Content,
  GenerateContentResponse,
  GenerationConfig,
  SafetySetting,
  Tool,
  ToolConfig,
} from '@google/genai'

/** The body of `generateContent` (https://ai.google.dev/api/generate-content), put together from the SDK's types of its members. */
export type Request = {
  contents: Content[]
  systemInstruction?: Content
  tools?: Tool[]
  toolConfig?: ToolConfig
  safetySettings?: SafetySetting[]
  generationConfig?: GenerationConfig
  cachedContent?: string
  serviceTier?: string
  store?: boolean
}
export type Response = Omit<
  GenerateContentResponse,
  | 'sdkHttpResponse'
  | 'initialPromptTokenCount'
  | 'text'
  | 'data'
  | 'functionCalls'
  | 'executableCode'
  | 'codeExecutionResult'
>
export type StreamEvent = Response
