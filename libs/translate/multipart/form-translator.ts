import type { AnyCallerWire, AnyProviderWire, Warning } from '#contract'
import { createWarnings } from '../warnings.ts'
import { createFormReader } from './form-reader.ts'

/** A caller's form on its way to a provider that takes another one: fields by way of the canonical request, files as they are. */
export type FormTranslator = {
  /** What goes on now. */
  push(bytes: Uint8Array): readonly Uint8Array[]
  end(): readonly Uint8Array[]
  /** What the form has said so far: all of it, once it has ended. */
  request(): Readonly<Record<string, unknown>>
  warnings(): readonly Warning[]
}

/** The one file that crosses; it is called the same on both sides. */
const fileName = 'file'

export function createFormTranslator(options: {
  /** Of the caller's form; the provider's has the same. */
  readonly boundary: string
  readonly reader: NonNullable<AnyCallerWire['formReader']>
  readonly writer: NonNullable<AnyProviderWire['formWriter']>
}): FormTranslator {
  const { boundary } = options
  const request: Record<string, unknown> = {}
  const warnings = createWarnings()
  let out: Uint8Array[] = []
  let dropsFile = false
  const write = (text: string) => out.push(Buffer.from(text))
  const parts = createFormReader(boundary, {
    field(name, value) {
      const said = options.reader.decodeField(name, value) as Readonly<Record<string, unknown>>
      merge(request, said)
      const encoded = options.writer.encodeFields(said)
      for (const [own, text] of encoded.fields) {
        write(`--${boundary}\r\ncontent-disposition: form-data; name="${own}"\r\n\r\n${text}\r\n`)
      }
      for (const { path } of encoded.warnings) warnings.unsupported(path)
    },
    fileStart(name, head) {
      dropsFile = name !== fileName
      if (dropsFile) warnings.unsupported(name)
      else write(`--${boundary}\r\n${head}\r\n\r\n`)
    },
    fileBytes(bytes) {
      if (!dropsFile) out.push(bytes)
    },
    fileEnd() {
      if (!dropsFile) write('\r\n')
    },
  })
  const taken = () => {
    const pieces = out
    out = []
    return pieces
  }
  return {
    push(bytes) {
      parts.push(bytes)
      return taken()
    },
    end() {
      parts.end()
      write(`--${boundary}--\r\n`)
      return taken()
    },
    request: () => request,
    warnings: warnings.all,
  }
}

/** A field that comes again adds to its list. */
function merge(request: Record<string, unknown>, said: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(said)) {
    const before = request[name]
    request[name] = Array.isArray(value) && Array.isArray(before) ? [...before, ...value] : value
  }
}
