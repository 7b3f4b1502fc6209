import { BlockList, isIP } from 'node:net'

/**
 * Whether NO_PROXY keeps requests to `target` off the proxy: a comma-separated list of `*`, hosts (their subdomains
 * count, with or without a leading dot), `host:port`, addresses and CIDR ranges. Loopback never goes through a proxy of
 * the environment.
 */
export function isExcluded(target: URL, noProxy: string | undefined): boolean {
  const host = target.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || host.endsWith('.localhost') || inRanges(host, ['127.0.0.0/8', '::1']))
    return true
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port
  return (noProxy ?? '')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => excludes(entry.toLowerCase(), host, port))
}

function excludes(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  if (inRanges(host, [entry])) return true
  const [, bareHost = entry, barePort] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? []
  if (barePort !== undefined && barePort !== port) return false
  const suffix = bareHost.replace(/^\[|\]$/g, '').replace(/^\*?\./, '')
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`))
}

function inRanges(host: string, ranges: readonly string[]): boolean {
  const family = isIP(host)
  if (family === 0) return false
  const list = new BlockList()
  for (const range of ranges) addRange(list, range)
  return list.check(host, familyName(family))
}

/** What is neither an address nor a CIDR range is a host name, which no address matches. */
function addRange(list: BlockList, range: string): void {
  const [address = '', prefix] = range.split('/')
  const family = isIP(address)
  if (family === 0) return
  const most = family === 4 ? 32 : 128
  const bits = prefix === undefined ? most : Number(prefix)
  if (Number.isInteger(bits) && bits >= 0 && bits <= most) list.addSubnet(address, bits, familyName(family))
}

function familyName(family: number): 'ipv4' | 'ipv6' {
  return family === 4 ? 'ipv4' : 'ipv6'
}
