import { type AnyProviderWire, type CallerContext, GatewayError } from '#contract'
import { boundaryOf, createFormTranslator, type FormTranslator } from '#translate'
import { relayWhole } from './crossing.ts'
import type { Lane, LaneContext } from './lane.ts'
import { readUpstreamError } from './upstream-error.ts'

/**
 * A form that its provider takes in another shape: it is translated as it goes up, and what it asked for is known by
 * the time that the answer comes.
 */
export function createFormLane(
  context: LaneContext<AnyProviderWire>,
  upload: AsyncIterable<Uint8Array>,
): Lane {
  const { header, callerWire, wire, model } = context
  const boundary = boundaryOf(header.passthrough?.contentType ?? '')
  const [reader, writer] = [callerWire.formReader, wire.formWriter]
  if (boundary === undefined || reader === undefined || writer === undefined) throw notTranslated(context)
  const form = createFormTranslator({ boundary, reader, writer })
  return {
    name: 'crossing',
    body: translated(upload, form),
    suffix: '',
    async relay(exchange) {
      if (exchange.response.status >= 300) {
        return await readUpstreamError(context, exchange, { native: false })
      }
      const caller: CallerContext<unknown> = {
        request: form.request(),
        requestId: header.requestId,
        model,
        streamUsage: false,
        nowSeconds: Math.floor(context.nowMs() / 1000),
      }
      await relayWhole(context, exchange, {
        caller,
        warnings: form.warnings(),
        keeper: undefined,
        further: [],
      })
      return undefined
    },
  }
}

async function* translated(
  upload: AsyncIterable<Uint8Array>,
  form: FormTranslator,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of upload) yield* form.push(bytes)
  yield* form.end()
}

function notTranslated({ header, provider }: LaneContext): GatewayError {
  return new GatewayError({
    kind: 'not-implemented',
    code: 'not_implemented',
    message: `This build cannot ask provider "${provider}" for ${header.operation} with a form; choose a model of another provider.`,
    param: 'model',
  })
}
