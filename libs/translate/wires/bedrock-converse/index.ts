import type { ChatWire } from '#contract'
import { exactReader } from '../../exact-json.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, encodeError, encodeStreamError } from './errors.ts'
import { nativeSplice, peek } from './peek.ts'
import { decodeResponse, encodeResponse, tapResponse } from './response.ts'
import { createStreamDecoder } from './stream-decode.ts'
import { createStreamEncoder } from './stream-encode.ts'
import { createStreamTap } from './tap.ts'

/** Amazon Bedrock's Converse and ConverseStream: model and stream stand in the URL, streams are binary. */
export const bedrockConverse: ChatWire = {
  id: 'bedrock-converse',
  operation: 'chat',
  streamFormat: 'aws-event-stream',
  proofs: { reasoning: true },
  parse: exactReader({ marks: ['toolUse'], members: ['input'] }),
  peek,
  nativeSplice,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  createStreamDecoder,
  createStreamEncoder,
  createStreamTap,
  tapResponse,
  decodeError,
  encodeError,
  encodeStreamError,
}
