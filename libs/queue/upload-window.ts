/** How much of an upload may be between the caller's socket and the worker's reader. */
export const uploadWindowBytes = 512 * 1024

/** An upload travels in chunks of at most this many bytes. */
export const uploadChunkBytes = 64 * 1024

/** Views of at most `uploadChunkBytes`. */
export function* chunksOf(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += uploadChunkBytes) {
    yield bytes.subarray(start, start + uploadChunkBytes)
  }
}
