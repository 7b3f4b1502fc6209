import { type Kind, kinds } from './kinds.ts'

/** All kinds as often as their count says, in any order. */
export function shuffledDeck(): Kind[] {
  const deck = kinds.flatMap((kind) => Array.from({ length: kind.count }, () => kind))
  for (let at = deck.length - 1; at > 0; at -= 1) {
    const other = Math.floor(Math.random() * (at + 1))
    const card = deck[at] as Kind
    deck[at] = deck[other] as Kind
    deck[other] = card
  }
  return deck
}
