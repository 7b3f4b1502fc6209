import type { AnswerContext, ChatRequest } from '#contract'

/** The least that a chat request says; what was asked where a test is about the answer alone. */
export const leastRequest: ChatRequest = {
  model: 'the-model',
  stream: false,
  streamUsage: true,
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  sampling: {},
}

export const asked: AnswerContext = { request: leastRequest, model: 'the-model' }
