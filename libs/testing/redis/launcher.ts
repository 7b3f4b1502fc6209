/** Runs one Redis on a fixed port; how, is the launcher's affair. Methods are called one after the other. */
export type RedisLauncher = {
  /** Starts the server; resolves when it was started, not yet when it answers. */
  start(): Promise<void>
  /** Ends it in good order, data written where persistence is on. */
  stop(): Promise<void>
  /** Ends it at once. */
  kill(): Promise<void>
  /** Stops it from running without closing a socket. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Why it is not running, for the error message; `undefined` while it runs. */
  exited(): Promise<string | undefined>
  /** Leaves nothing behind. */
  remove(): Promise<void>
}

export type RedisSettings = {
  readonly port: number
  /** Append-only file, synced every second, kept over `stop`, `kill` and `start`. */
  readonly appendOnly: boolean
  /** Further `redis-server` arguments, `--maxmemory 10mb`. */
  readonly args: readonly string[]
}

/** The arguments that both launchers give. */
export function redisArguments(settings: RedisSettings): readonly string[] {
  return [
    ...['--save', ''],
    ...['--appendonly', settings.appendOnly ? 'yes' : 'no'],
    ...['--maxmemory-policy', 'noeviction'],
    ...settings.args,
  ]
}
