/** Families of the vendor's headers that reach the caller. */
const passedOn = /^(x-ratelimit-|anthropic-ratelimit-|openai-|x-amzn-(errortype|requestid)$)/

/**
 * The headers of a provider's answer that the caller sees, lower case, with the content type that the body has when it
 * leaves us. The vendor's own request id goes down as `request-id` whichever way it spells it; `x-request-id` is ours.
 */
export function responseHeaders(
  upstream: Readonly<Record<string, string>>,
  contentType: string,
): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': contentType }
  for (const name in upstream) {
    const value = upstream[name]
    if (value !== undefined && passedOn.test(name)) headers[name] = value
  }
  const retryAfter = upstream['retry-after']
  if (retryAfter !== undefined) headers['retry-after'] = retryAfter
  const requestId = upstream['request-id'] ?? upstream['x-request-id'] ?? upstream['x-amzn-requestid']
  if (requestId !== undefined) headers['request-id'] = requestId
  return headers
}

/** What says how the bytes of an answer are to be read, beside their type. */
const ofTheBody = ['content-disposition', 'content-encoding', 'content-length']

/** The same for an answer that goes down as it is, whatever it is: with all that describes its bytes. */
export function passthroughHeaders(upstream: Readonly<Record<string, string>>): Record<string, string> {
  const headers = responseHeaders(upstream, upstream['content-type'] ?? 'application/octet-stream')
  for (const name of ofTheBody) {
    const value = upstream[name]
    if (value !== undefined) headers[name] = value
  }
  return headers
}
