import type { ServerResponse } from 'node:http'
import type { CallLog } from './call-log.ts'
import type { Call, Script } from './types.ts'

/** Paths under which other processes read and steer the simulated providers. */
export const controlPrefix = '/_simulated/'

export type Controls = {
  readonly log: CallLog
  script(script: Script): void
  /** Returns how many held calls went on. */
  release(): number
  reset(): void
}

/**
 * `GET calls[?since=<id>]`, `GET stats`, `POST script` (a Script as JSON), `POST release`, `POST reset`.
 * A call's body is left out; `requestBytes` says how long it was.
 */
export function control(
  controls: Controls,
  request: { readonly method: string; readonly url: URL; readonly body: Buffer },
  response: ServerResponse,
): void {
  const { status, value } = act(controls, request)
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

type Outcome = { readonly status: number; readonly value: unknown }

function act(
  controls: Controls,
  request: { readonly method: string; readonly url: URL; readonly body: Buffer },
): Outcome {
  const action = `${request.method} ${request.url.pathname.slice(controlPrefix.length)}`
  switch (action) {
    case 'GET calls': {
      const since = Number(request.url.searchParams.get('since') ?? 0)
      return ok(controls.log.calls.filter((call) => call.id > since).map(withoutBody))
    }
    case 'GET stats':
      return ok(controls.log.stats())
    case 'POST release':
      return ok({ released: controls.release() })
    case 'POST reset':
      controls.reset()
      return ok({})
    case 'POST script':
      return addScript(controls, request.body)
    default:
      return {
        status: 404,
        value: {
          error: `No control action "${action}". Use GET calls, GET stats, POST script, POST release or POST reset.`,
        },
      }
  }
}

function addScript(controls: Controls, body: Buffer): Outcome {
  let script: unknown
  try {
    script = JSON.parse(body.toString('utf8'))
  } catch (error) {
    return { status: 400, value: { error: `The script is not JSON: ${String(error)}` } }
  }
  if (typeof script !== 'object' || script === null || !('behaviour' in script)) {
    return { status: 400, value: { error: 'A script is an object with a member "behaviour".' } }
  }
  controls.script(script as Script)
  return ok({})
}

function withoutBody(call: Call): Omit<Call, 'body'> {
  const { body: _body, ...rest } = call
  return rest
}

function ok(value: unknown): Outcome {
  return { status: 200, value }
}
