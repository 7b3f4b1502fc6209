import { invalidRequest } from '../invalid-request.ts'

/*
 * A multipart form, part by part, in however many pieces its bytes come.
 * https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1, https://www.rfc-editor.org/rfc/rfc7578
 *
 *   state     looks for                          what it holds back
 *   before    the first delimiter                as many bytes as it may take
 *   after     `--` or the end of the line        two bytes
 *   headers   an empty line                      the headers of one part, up to 16 KiB
 *   field     CRLF--boundary                     the value whole, up to 8 KiB
 *   file      CRLF--boundary                     the last bytes, which may begin a delimiter
 *   closed    nothing: what follows is no part of the form
 */

const maxFieldBytes = 8 * 1024
const maxHeaderBytes = 16 * 1024
const emptyLine = '\r\n\r\n'

/** What a form is made of; the bytes of a file come between its start and its end. */
export type FormEvents = {
  field(name: string, value: string): void
  /** `head` is the part's headers, as they came. */
  fileStart(name: string, head: string): void
  fileBytes(bytes: Uint8Array): void
  fileEnd(): void
}

export type FormReader = {
  /** Throws `invalid-request` for what is no form. */
  push(bytes: Uint8Array): void
  /** Throws `invalid-request` for a form that was not closed. */
  end(): void
}

type State = 'before' | 'after' | 'headers' | 'field' | 'file' | 'closed'

export function createFormReader(boundary: string, events: FormEvents): FormReader {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  let state: State = 'before'
  // The first delimiter needs no line before it.
  let held: Buffer = Buffer.from('\r\n')
  let field = ''

  /** Each step takes what it can off the buffer and returns the rest; `undefined` when it needs more. */
  const steps: Readonly<Record<State, (buffer: Buffer) => Buffer | undefined>> = {
    before(buffer) {
      if (buffer.length < delimiter.length) return undefined
      if (buffer.indexOf(delimiter) !== 0) throw notAForm()
      state = 'after'
      return buffer.subarray(delimiter.length)
    },
    after(buffer) {
      if (buffer.length < 2) return undefined
      const next = buffer.toString('latin1', 0, 2)
      if (next !== '--' && next !== '\r\n') throw notAForm()
      state = next === '--' ? 'closed' : 'headers'
      // The line's end stays: a part without headers has its empty line at once.
      return next === '--' ? Buffer.alloc(0) : buffer
    },
    headers(buffer) {
      const at = buffer.indexOf(emptyLine)
      if (at > maxHeaderBytes || (at < 0 && buffer.length > maxHeaderBytes)) throw notAForm()
      if (at < 0) return undefined
      startPart(buffer.toString('utf8', 2, at))
      return buffer.subarray(at + emptyLine.length)
    },
    field(buffer) {
      const at = buffer.indexOf(delimiter)
      if (at > maxFieldBytes || (at < 0 && buffer.length > maxFieldBytes)) throw tooLong(field)
      if (at < 0) return undefined
      events.field(field, buffer.toString('utf8', 0, at))
      state = 'after'
      return buffer.subarray(at + delimiter.length)
    },
    file(buffer) {
      const at = buffer.indexOf(delimiter)
      const safe = at < 0 ? Math.max(0, buffer.length - delimiter.length + 1) : at
      if (safe > 0) events.fileBytes(buffer.subarray(0, safe))
      if (at < 0) {
        held = buffer.subarray(safe)
        return undefined
      }
      events.fileEnd()
      state = 'after'
      return buffer.subarray(at + delimiter.length)
    },
    closed: () => undefined,
  }

  function startPart(head: string): void {
    const line = /^content-disposition: *form-data *;(.*)$/im.exec(head)?.[1] ?? ''
    const name = /(?:^|;) *name="?([^";]*)"?/i.exec(line)?.[1]
    if (name === undefined) throw notAForm()
    field = name
    const isFile = /; *filename\*?=/i.test(line)
    state = isFile ? 'file' : 'field'
    if (isFile) events.fileStart(name, head)
  }

  return {
    push(bytes) {
      const fresh = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      let buffer: Buffer | undefined = held.length === 0 ? fresh : Buffer.concat([held, fresh])
      while (buffer !== undefined) {
        held = buffer
        buffer = steps[state](buffer)
      }
      if (state === 'closed') held = Buffer.alloc(0)
    },
    end() {
      if (state !== 'closed') throw notAForm()
    },
  }
}

function notAForm() {
  return invalidRequest(
    'file',
    'The body is no whole multipart form; send one as RFC 7578 says.',
    'invalid_form',
  )
}

function tooLong(name: string) {
  return invalidRequest(
    name,
    `The form's field ${JSON.stringify(name)} is longer than 8 KiB.`,
    'invalid_form',
  )
}
