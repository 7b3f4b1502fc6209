import type { Vendor, VendorError } from './types.ts'

/** For a vendor whose APIs are all beside the chat that the others have: nothing is at its path. */
export function withoutChat(
  refuse: (method: string, path: string) => VendorError,
): Pick<Vendor, 'chatPath' | 'read' | 'encode' | 'streamEvents' | 'streamError' | 'brokenEvent'> {
  const never = (): never => {
    throw refuse('POST', '')
  }
  return {
    chatPath: '',
    read: never,
    encode: never,
    streamEvents: never,
    streamError: () => 'event: error\ndata: {"detail":"Internal Server Error"}\n\n',
    brokenEvent: 'event: output\nda',
  }
}
