import type { Stop } from './tour.ts'

const shownEvents = 4

export function introduction(url: string): string {
  return `\nBifrost is up on ${url}, with simulated providers behind it (no key, nothing leaves this machine).\n`
}

/** A line for a shell that makes the same request. */
export function curlLine(url: string, stop: Stop, options = `-s${'stream' in stop.body ? 'N' : ''}`): string {
  const quoted = JSON.stringify(stop.body).replaceAll("'", "'\\''")
  return `curl ${options} ${url}${stop.path} -H 'content-type: application/json' -d '${quoted}'`
}

/** An answer on one line, as curl would show it. */
export function unaryText(text: string): string {
  return JSON.stringify(JSON.parse(text))
}

/** The first events of a stream and its last one. */
export function streamText(text: string): string {
  const events = text.split('\n\n').filter((event) => event !== '')
  if (events.length <= shownEvents + 1) return events.join('\n')
  const left = events.length - shownEvents - 1
  return [...events.slice(0, shownEvents), `… ${left} more events …`, ...events.slice(-1)].join('\n')
}

export function linesToTry(url: string, failover: Stop): string {
  return `Keep your SDK and change only the base URL (any api_key will do):

   Python   openai.OpenAI(base_url="${url}/openai", api_key="dummy")
            anthropic.Anthropic(base_url="${url}/anthropic", api_key="dummy")
            genai.Client(api_key="dummy", http_options={"base_url": "${url}/genai"})
            cohere.ClientV2(api_key="dummy", base_url="${url}/cohere")
            boto3.client("bedrock-runtime", endpoint_url="${url}/bedrock", region_name="us-east-1")
   Node     new OpenAI({ baseURL: '${url}/openai', apiKey: 'dummy' })
            new Anthropic({ baseURL: '${url}/anthropic', apiKey: 'dummy' })
            new GoogleGenAI({ apiKey: 'dummy', httpOptions: { baseUrl: '${url}/genai' } })

A provider that fails, and another one that answers (see x-bifrost-attempts):

   ${curlLine(url, failover, '-si')}

   curl -s ${url}/ready
   curl -s ${url}/metrics | grep ^bifrost_

The gateway stays up. Ctrl-C ends it.`
}
