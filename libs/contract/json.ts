/** A JSON value as `JSON.parse` returns it, never changed in place. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A JSON object; a member that is absent reads as `undefined`. */
export type JsonObject = { readonly [member: string]: Json | undefined }

/** True for a plain JSON object (not `null`, not an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
