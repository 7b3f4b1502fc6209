/** Between wires and the canonical model: pure functions on data and bytes. Imports the contract alone. */
export { type CursorChat, cursorChat } from './cursor/index.ts'
export {
  createFrameDecoder,
  createFrameEncoder,
  encodeLastFrames,
  type FrameDecoder,
  type FrameEncoder,
  streamContentType,
} from './framing/frames.ts'
export { createSseDecoder, encodeSse, type SseDecoder } from './framing/sse.ts'
export { maskSecrets } from './mask-secrets.ts'
export { boundaryOf, createFormEditor, type FormEditor } from './multipart/form-editor.ts'
export { createFormTranslator, type FormTranslator } from './multipart/form-translator.ts'
export { createNativeStream, type NativeOutcome, type NativeStream } from './native-stream.ts'
export { type Fitted, fitBody, fitBytes } from './quirks.ts'
export { retryAfterMs } from './retry-after.ts'
export { splice } from './splice.ts'
export { allChatWires, callerWireOf, chatWireOf, providerWireOf } from './wires.ts'
