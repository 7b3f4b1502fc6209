import type { Warning } from '#contract'

/** What a crossing could not carry so far, each path once per code. */
export type Warnings = {
  /** It was left out. */
  unsupported(path: string): void
  /** It was carried in another form. */
  changed(path: string): void
  all(): readonly Warning[]
}

export function createWarnings(): Warnings {
  const found: Warning[] = []
  const add = (code: Warning['code'], path: string) => {
    if (!found.some((warning) => warning.path === path && warning.code === code)) found.push({ code, path })
  }
  return {
    unsupported: (path) => add('unsupported', path),
    changed: (path) => add('changed', path),
    all: () => found,
  }
}
