import type {
  Response as Answer,
  ResponseCreateParamsBase,
  ResponseStreamEvent,
  ResponseUsage,
} from 'openai/resources/responses/responses'

export type Request = ResponseCreateParamsBase
/**
 * `output_text` is the SDK's own addition. `store` is in every answer that the vendor's reference shows, `usage` is `null`
 * there as long as the answer is not complete (https://developers.openai.com/api/reference/resources/responses).
 */
export type Response = Omit<Answer, 'output_text' | 'usage'> & {
  store?: boolean
  usage?: ResponseUsage | null
}
type WithResponse<Event> = Event extends { response: Answer }
  ? Omit<Event, 'response'> & { response: Response }
  : Event
export type StreamEvent = WithResponse<ResponseStreamEvent>
