import type { FastifyServerOptions } from 'fastify'

/** Bodies are read by the codecs: a schema on a route would do nothing. */
function refuse(): never {
  throw new Error('Routes of the API take no schema.')
}

/** Stands where the framework would load its compilers of JSON Schema, which are a tenth of all modules of a start. */
export const noSchemas: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: { buildValidator: () => refuse, buildSerializer: () => refuse },
}
