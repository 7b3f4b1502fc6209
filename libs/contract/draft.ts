/**
 * A value while it is made, or as its maker alone may change it. State that a maker keeps in the object itself is as
 * readable to others as a getter, and a literal with getters costs ten times as much to make as one without.
 */
export type Draft<T> = { -readonly [member in keyof T]: T[member] }
