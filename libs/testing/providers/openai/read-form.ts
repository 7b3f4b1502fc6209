import { invalid } from './errors.ts'

/** One part of a form. `filename` is there for a file. */
export type FormPart = {
  readonly name: string
  readonly filename: string | undefined
  readonly content: Buffer
}

/**
 * A whole multipart form, as strictly as RFC 2046 and RFC 7578 say: every part between two delimiter lines, each with a
 * name, the last one closed. Throws the vendor's 400.
 */
export function readForm(body: Buffer, contentType: string): readonly FormPart[] {
  const boundary = /^multipart\/form-data;.*\bboundary="?([^";]+)"?/i.exec(contentType)?.[1]
  if (boundary === undefined) throw broken()
  const delimiter = `--${boundary}`
  const parts: FormPart[] = []
  let at = body.indexOf(delimiter)
  if (at !== 0) throw broken()
  at += delimiter.length
  while (body.toString('latin1', at, at + 2) === '\r\n') {
    const headersEnd = body.indexOf('\r\n\r\n', at)
    const end = body.indexOf(`\r\n${delimiter}`, headersEnd + 2)
    if (headersEnd < 0 || end < 0) throw broken()
    parts.push({
      ...readDisposition(body.toString('utf8', at + 2, headersEnd)),
      content: body.subarray(headersEnd + 4, end),
    })
    at = end + 2 + delimiter.length
  }
  if (body.toString('latin1', at, at + 2) !== '--') throw broken()
  return parts
}

function readDisposition(headers: string): Pick<FormPart, 'name' | 'filename'> {
  const line = /^content-disposition: form-data;(.*)$/im.exec(headers)?.[1] ?? ''
  const name = /(?:^|;) *name="([^"]*)"/.exec(line)?.[1]
  if (name === undefined) throw broken()
  return { name, filename: /; *filename="([^"]*)"/.exec(line)?.[1] }
}

function broken() {
  return invalid('Could not parse multipart form', null, null)
}
