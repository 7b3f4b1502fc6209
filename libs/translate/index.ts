/** Between wires and the canonical model: pure functions on data and bytes. Imports the contract alone. */
export { createSseDecoder, encodeSse, type SseDecoder } from './framing/sse.ts'
export { maskSecrets } from './mask-secrets.ts'
export { createNativeStream, type NativeOutcome, type NativeStream } from './native-stream.ts'
export { splice } from './splice.ts'
export { wireOf } from './wires.ts'
