const body = (message: string, type: string) => JSON.stringify({ error: { message, type } })

function failure(status: string, text: string, headers = ''): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${headers}content-length: ${text.length}\r\n\r\n${text}`,
  )
}

/** What the upstream answers to models of that mood, whatever is asked. */
export const failures: Readonly<Record<string, Buffer>> = {
  400: failure('400 Bad Request', body('Wrong on purpose.', 'invalid_request_error')),
  500: failure('500 Internal Server Error', body('Broken on purpose.', 'server_error')),
}

/** A key that has had its share for so long. */
export const refusal = (seconds: number) =>
  failure('429 Too Many Requests', body('Slow down.', 'rate_limit_error'), `retry-after: ${seconds}\r\n`)
