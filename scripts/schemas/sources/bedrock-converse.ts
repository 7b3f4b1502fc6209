import type { ConverseRequest, ConverseResponse, ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime'

/** `modelId` stands in the path. */
export type Request = Omit<ConverseRequest, 'modelId'>
export type Response = ConverseResponse
/** `{<event type>: <payload>}`: on the wire the type is a header of the message. */
export type StreamEvent = ConverseStreamOutput
