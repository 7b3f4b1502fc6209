/** A shared type while it is being filled in: the same members, writable. */
export type Draft<T> = { -readonly [member in keyof T]: T[member] }
