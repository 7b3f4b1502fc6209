import type {
  ResponseCreateParamsBase,
  Response as ResponseObject,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses'

export type Request = ResponseCreateParamsBase
/** `output_text` is the SDK's own addition to the vendor's answer. */
export type Response = Omit<ResponseObject, 'output_text'>
export type StreamEvent = ResponseStreamEvent
