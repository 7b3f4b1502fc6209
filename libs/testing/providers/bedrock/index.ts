import { type Vendor, type VendorAddress, VendorError } from '../types.ts'
import { authenticate } from './authenticate.ts'
import { encodeConverse, exception, frame, streamConverse } from './encode.ts'
import { failure, invalid } from './errors.ts'
import { readRequest } from './read-request.ts'
import { rerankApi } from './rerank.ts'

/**
 * Amazon Bedrock's runtime as its API reference and its SDK's types describe it, and of its control plane the list of
 * models. Unknown members are refused everywhere, which the real service does for some only.
 */
export const bedrock: Vendor = {
  id: 'bedrock',
  chatPath: '/model/{modelId}/converse',
  address: readAddress,
  authenticate,
  read: readRequest,
  otherApi: rerankApi,
  encode: encodeConverse,
  streamEvents: streamConverse,
  streamType: 'application/vnd.amazon.eventstream',
  streamError: () =>
    exception('modelStreamErrorException', {
      message: 'The model stream ended with an error. Try your request again.',
      originalStatusCode: 500,
    }),
  brokenEvent: frame('event', 'contentBlockDelta', '{"contentBlockIndex":0,"del'),
  errorBody: (error) => JSON.stringify({ message: error.message }),
  errorHeaders: (error) => ({
    'x-amzn-errortype': `${error.type}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
  }),
  failure,
  unknownPath: () => unknownOperation(),
  unknownModel: () => invalid('The provided model identifier is invalid.'),
  wrongMethod: () => unknownOperation(),
  modelList: (models) => JSON.stringify({ modelSummaries: models.map(modelSummary) }),
  modelInfo: (model) => JSON.stringify({ modelDetails: modelSummary(model) }),
  headers: (requestId) => ({ 'x-amzn-requestid': requestId }),
}

function readAddress(path: string): VendorAddress | undefined {
  const found = /^\/model\/([^/]+)\/converse(-stream)?$/.exec(path)
  if (found === null) return undefined
  try {
    return { model: decodeURIComponent(found[1] ?? ''), stream: found[2] !== undefined }
  } catch {
    throw invalid('The provided model identifier is invalid.')
  }
}

function unknownOperation(): VendorError {
  const message = 'The requested operation is not found.'
  return new VendorError({ status: 404, type: 'UnknownOperationException', message })
}

function modelSummary(model: string) {
  return {
    modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${model}`,
    modelId: model,
    modelName: model,
    providerName: model.split('.', 1)[0],
    inputModalities: ['TEXT', 'IMAGE'],
    outputModalities: ['TEXT'],
    responseStreamingSupported: true,
    modelLifecycle: { status: 'ACTIVE' },
  }
}
