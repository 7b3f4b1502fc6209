import { invalidRequest } from '../invalid-request.ts'

/*
 * A multipart form on its way through: every byte goes on as it came but for the values of the fields that are edited.
 * https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1, https://www.rfc-editor.org/rfc/rfc7578
 *
 *   state     looks for                 what it may hold back
 *   content   CRLF--boundary            the last bytes, which may begin a delimiter; a wanted field whole, up to 8 KiB
 *   after     `--` or not               one byte
 *   headers   an empty line             the headers of one part, up to 16 KiB
 *   rest      nothing                   nothing: the form is closed, or is no form
 *
 * The first delimiter needs no CRLF before it: one that is never passed on stands before the first byte.
 */

const maxFieldBytes = 8 * 1024
const maxHeaderBytes = 16 * 1024
const virtualBreak = '\r\n'
const emptyLine = '\r\n\r\n'

export type FormEditor = {
  /** What goes on now. */
  push(bytes: Uint8Array): readonly Uint8Array[]
  /** What was held back at the end of the input. */
  end(): readonly Uint8Array[]
  /** The form's last delimiter was seen. */
  readonly closed: boolean
}

export type FormEditorOptions = {
  /** Of the content type. */
  readonly boundary: string
  /** Names of the fields whose values are read. */
  readonly fields: readonly string[]
  /** Called with each value of such a field; what it returns takes its place. What it throws is thrown by `push`. */
  edit(name: string, value: string): string | undefined
}

/** The `boundary` of a content type `multipart/form-data`; `undefined` where it has none. */
export function boundaryOf(contentType: string): string | undefined {
  const found = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType)
  return found?.[1] ?? found?.[2]
}

export function createFormEditor(options: FormEditorOptions): FormEditor {
  const delimiter = Buffer.from(`\r\n--${options.boundary}`)
  let state: 'content' | 'after' | 'headers' | 'rest' = 'content'
  let held: Buffer = Buffer.from(virtualBreak)
  let virtualBytes = held.length
  let field: string | undefined
  let closed = false
  let out: Uint8Array[] = []

  function pass(bytes: Buffer): void {
    const skipped = Math.min(virtualBytes, bytes.length)
    virtualBytes -= skipped
    if (bytes.length > skipped) out.push(bytes.subarray(skipped))
  }

  /** Each step takes what it can off the buffer and says whether another may follow. */
  function step(buffer: Buffer): Buffer | undefined {
    switch (state) {
      case 'content':
        return content(buffer)
      case 'after':
        return after(buffer)
      case 'headers':
        return headers(buffer)
      case 'rest':
        pass(buffer)
        return undefined
      default:
        return state satisfies never
    }
  }

  function content(buffer: Buffer): Buffer | undefined {
    const at = buffer.indexOf(delimiter)
    if (at >= 0) {
      passValue(buffer.subarray(0, at))
      pass(delimiter)
      state = 'after'
      return buffer.subarray(at + delimiter.length)
    }
    if (field !== undefined && buffer.length > maxFieldBytes) throw tooLong(field)
    const safe = field === undefined ? Math.max(0, buffer.length - delimiter.length + 1) : 0
    pass(buffer.subarray(0, safe))
    held = buffer.subarray(safe)
    return undefined
  }

  function passValue(value: Buffer): void {
    if (field !== undefined && value.length > maxFieldBytes) throw tooLong(field)
    const edited = field === undefined ? undefined : options.edit(field, value.toString('utf8'))
    pass(edited === undefined ? value : Buffer.from(edited))
  }

  function after(buffer: Buffer): Buffer | undefined {
    if (buffer.length < 2) {
      held = buffer
      return undefined
    }
    closed = buffer[0] === 0x2d && buffer[1] === 0x2d
    state = closed ? 'rest' : 'headers'
    return buffer
  }

  function headers(buffer: Buffer): Buffer | undefined {
    const at = buffer.indexOf(emptyLine)
    if (at < 0 && buffer.length <= maxHeaderBytes) {
      held = buffer
      return undefined
    }
    if (at < 0 || at > maxHeaderBytes) {
      state = 'rest'
      return buffer
    }
    const name = fieldName(buffer.toString('utf8', 0, at))
    field = options.fields.find((wanted) => wanted === name)
    pass(buffer.subarray(0, at + emptyLine.length))
    state = 'content'
    return buffer.subarray(at + emptyLine.length)
  }

  function taken(): readonly Uint8Array[] {
    const pieces = out
    out = []
    return pieces
  }

  return {
    push(bytes) {
      const fresh = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      let buffer: Buffer | undefined = held.length === 0 ? fresh : Buffer.concat([held, fresh])
      held = Buffer.alloc(0)
      while (buffer !== undefined) buffer = step(buffer)
      return taken()
    },
    end() {
      pass(held)
      held = Buffer.alloc(0)
      return taken()
    },
    get closed() {
      return closed
    },
  }
}

/** The name of a part by its headers; `undefined` for a file and for what is no part of a form. */
function fieldName(headers: string): string | undefined {
  const disposition = /^content-disposition:([^\r\n]*)/im.exec(headers)?.[1] ?? ''
  if (/;\s*filename\*?=/i.test(disposition)) return undefined
  const found = /;\s*name=(?:"([^"]*)"|([^\s;"]+))/i.exec(disposition)
  return found?.[1] ?? found?.[2]
}

function tooLong(field: string) {
  return invalidRequest(field, `${field} is longer than ${maxFieldBytes} bytes.`)
}
