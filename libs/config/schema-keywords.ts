/** The schema keyword that marks a member which is accepted, named in a warning, and then does nothing. */
export const ignoredKeyword = 'x-bifrost-ignored'
/** The same for a member of our own whose build is still to come: it is read and checked all the same. */
export const notYetKeyword = 'x-bifrost-not-yet'

/** A member whose mistakes never stop the start: the code that reads it checks it and replaces its `env.NAME`. */
export const lenientKeyword = 'x-bifrost-lenient'
