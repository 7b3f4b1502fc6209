import type { Exchange, LaneContext } from './lane.ts'
import { answerType, expectType, parseObject, readWhole } from './read-answer.ts'
import { errorBehindSuccess } from './upstream-error.ts'

/** Checks that an answer of status 2xx can be the stream that was asked for; throws a GatewayError when it cannot. */
export async function expectStream(context: LaneContext, exchange: Exchange): Promise<void> {
  if (answerType(exchange.response) === 'json') {
    const text = (await readWhole(exchange.response.body)).toString('utf8')
    const error = errorBehindSuccess(context, exchange, { text, json: parseObject(text) })
    if (error !== undefined) throw error
  }
  expectType(exchange.response, 'event-stream')
}
