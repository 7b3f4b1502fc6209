import { Readable } from 'node:stream'
import * as newest from '@aws-sdk/client-bedrock-runtime'
import * as older from 'client-bedrock-runtime-2025'
import type { Json, JsonObject } from '#contract'

/** Both generations of the vendor's client, their network replaced: what they send is seen, what they get is given. */
export const generations = [
  { name: 'newest', sdk: newest },
  { name: '2025', sdk: older as unknown as typeof newest },
] as const

type Given = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

type Sent = { readonly path: string; readonly body: JsonObject }

export function createClient(sdk: typeof newest, given: Given, sent: Sent[] = []) {
  return new sdk.BedrockRuntimeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'none' },
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: { readonly path: string; readonly body?: unknown }) => {
        sent.push({ path: request.path, body: JSON.parse(String(request.body)) as JsonObject })
        return {
          response: {
            statusCode: given.status ?? 200,
            headers: { 'content-type': 'application/json', ...given.headers },
            body: Readable.from([Buffer.from(given.body)]),
          },
        }
      },
    } as never,
  })
}

const emptyAnswer = { output: { message: { role: 'assistant', content: [] } }, stopReason: 'end_turn' }

/**
 * A request as the newest client would send it: what its model of the API does not know is gone, so a body that comes
 * out as it went in holds nothing but the vendor's members.
 */
export async function throughSdk(body: JsonObject): Promise<JsonObject> {
  const sent: Sent[] = []
  const client = createClient(newest, { body: JSON.stringify(emptyAnswer) }, sent)
  const input = { modelId: 'm', ...(withBytes(body) as object) } as newest.ConverseCommandInput
  await client.send(new newest.ConverseCommand(input))
  return sent[0]?.body ?? {}
}

/** Base64 in JSON is bytes in the client. */
function withBytes(value: Json | undefined, name = ''): unknown {
  if (typeof value === 'string') {
    return name === 'bytes' || name === 'redactedContent' ? Buffer.from(value, 'base64') : value
  }
  if (Array.isArray(value)) return value.map((item: Json) => withBytes(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => [member, withBytes(inner as Json, member)]),
  )
}
