/** What a caller's own SDK says to the gateway, and what it reads: the same few facts whichever SDK it is. */
export type Answered = {
  readonly text: string
  readonly input: number
  readonly output: number
}

/** `surface` is the gateway's address with the SDK's prefix. */
export type Ask = (surface: string, model: string, text: string) => Promise<Answered>

/** One way in which one official client asks. `surface` is the prefix below the gateway's address. */
export type ClientRow = {
  readonly title: string
  readonly surface: string
  /** The provider that its surface stands for: a model without a prefix is asked there. */
  readonly own: string
  readonly ask: Ask
}
