import type { Json } from '#contract'

/** Sets a member whose name others chose: assigning to `__proto__` would change the object's prototype instead. */
export function setMember(object: Record<string, Json | undefined>, name: string, value: Json): void {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}
