export type { Draft } from '#contract'
