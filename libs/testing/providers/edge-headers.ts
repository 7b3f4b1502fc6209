/** What the edge in front of both vendors adds; a gateway keeps cookies and server identity to itself. */
export const edgeHeaders: Readonly<Record<string, string>> = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
  'cf-cache-status': 'DYNAMIC',
  'set-cookie': '__cf_bm=simulated; path=/; HttpOnly; Secure; SameSite=None',
  'x-content-type-options': 'nosniff',
  server: 'cloudflare',
  'cf-ray': '0000000000000000-SIM',
  'alt-svc': 'h3=":443"; ma=86400',
}
