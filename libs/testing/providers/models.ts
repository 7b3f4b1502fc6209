import type { Behaviour, VendorId } from './types.ts'

/**
 * The models that each simulated vendor knows: every one that the product's documents name, and current ones.
 * `gemini-pro` stands with openai because Google serves its models on that wire too.
 */
export const simulatedModels: Readonly<Record<VendorId, readonly string[]>> = {
  openai: [
    'gpt-4o-mini',
    'gpt-4o',
    'gpt-4',
    'gpt-4-turbo',
    'gpt-4-vision-preview',
    'gpt-3.5-turbo',
    'gpt-5.4-mini',
    'gpt-3.5-turbo-instruct',
    'davinci-002',
    'gemini-pro',
    'gpt-image-1',
    'dall-e-2',
    'tts-1',
    'gpt-4o-mini-tts',
    'whisper-1',
    'gpt-4o-transcribe',
    'omni-moderation-latest',
    'text-embedding-3-small',
    'text-embedding-3-large',
    'text-embedding-ada-002',
  ],
  anthropic: [
    'claude-3-sonnet-20240229',
    'claude-3-haiku-20240307',
    'claude-3-opus-20240229',
    'claude-sonnet-4-5-20250929',
    'claude-opus-4-8',
  ],
  cohere: [
    'command-a-plus-05-2026',
    'command-a-03-2025',
    'command-a-vision-07-2025',
    'command-r7b-12-2024',
    'command-r-08-2024',
    'rerank-v3.5',
    'rerank-v4.0-pro',
    'embed-v4.0',
    'embed-english-v3.0',
  ],
  // Each also with the prefix of an inference profile (`us.`, `global.`, …).
  bedrock: [
    'anthropic.claude-3-5-sonnet-20241022-v2:0',
    'anthropic.claude-3-7-sonnet-20250219-v1:0',
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
    'anthropic.claude-opus-4-8',
    'amazon.nova-pro-v1:0',
    'meta.llama3-3-70b-instruct-v1:0',
    'openai.gpt-oss-120b-1:0',
    'cohere.rerank-v3-5:0',
  ],
  gemini: [
    'gemini-2.0-flash',
    'gemini-2.5-pro',
    'gemini-2.5-flash',
    'gemini-2.5-flash-lite',
    'gemini-3-pro-preview',
    'gemini-3-flash-preview',
    'gemini-pro',
    'gemini-embedding-001',
  ],
  replicate: ['meta/meta-llama-3-8b-instruct', 'black-forest-labs/flux-schnell'],
  elevenlabs: ['eleven_multilingual_v2', 'eleven_flash_v2_5', 'scribe_v1'],
}

/** The credentials that the simulated vendors accept, alone or followed by `-<anything>` (several keys of one vendor). */
export const simulatedKeys: Readonly<Record<VendorId, string>> = {
  openai: 'sk-simulated-openai',
  anthropic: 'sk-ant-simulated',
  cohere: 'co-simulated',
  bedrock: 'bedrock-api-key-simulated',
  gemini: 'AIza-simulated-gemini',
  replicate: 'r8_simulated',
  elevenlabs: 'sk_simulated_elevenlabs',
}

/** What requests to the simulated Amazon Bedrock may be signed with, in any region. */
export const simulatedAwsCredentials = {
  accessKeyId: 'AKIASIMULATEDBEDROCK',
  secretAccessKey: 'simulated-secret-access-key',
} as const

const marker = 'simulated-'

type Scenario = {
  /** What stands after `simulated-`; groups are the scenario's numbers. */
  readonly pattern: RegExp
  readonly help: string
  readonly behaviour: (numbers: readonly number[]) => Behaviour
}

const scenarios: readonly Scenario[] = [
  {
    pattern: /^hang$/,
    help: 'hang: never answers',
    behaviour: () => ({ fault: { at: 'request', action: 'hang' } }),
  },
  { pattern: /^hold$/, help: 'hold: answers when released', behaviour: () => ({ hold: true }) },
  {
    pattern: /^slow-(\d+)ms$/,
    help: 'slow-<n>ms: the head comes late',
    behaviour: ([ms = 0]) => ({ delayMs: ms }),
  },
  {
    pattern: /^slow-stream-(\d+)ms$/,
    help: 'slow-stream-<n>ms: time between events',
    behaviour: ([ms = 0]) => ({ chunkDelayMs: ms }),
  },
  {
    pattern: /^reset-after-request$/,
    help: 'reset-after-request: RST once the request was read',
    behaviour: () => ({ fault: { at: 'request', action: 'reset' } }),
  },
  {
    pattern: /^close-after-request$/,
    help: 'close-after-request: FIN once the request was read',
    behaviour: () => ({ fault: { at: 'request', action: 'fin' } }),
  },
  {
    pattern: /^reset-mid-stream$/,
    help: 'reset-mid-stream: RST in the middle of the body',
    behaviour: () => ({ fault: { at: 'middle', action: 'reset' } }),
  },
  {
    pattern: /^fin-mid-stream$/,
    help: 'fin-mid-stream: FIN in the middle, the HTTP body stays open',
    behaviour: () => ({ fault: { at: 'middle', action: 'fin' } }),
  },
  {
    pattern: /^close-mid-stream$/,
    help: 'close-mid-stream: the HTTP body ends cleanly without the natural end of the stream',
    behaviour: () => ({ fault: { at: 'middle', action: 'close' } }),
  },
  {
    pattern: /^stall-mid-stream$/,
    help: 'stall-mid-stream: says no more in the middle',
    behaviour: () => ({ fault: { at: 'middle', action: 'hang' } }),
  },
  {
    pattern: /^in-stream-error$/,
    help: "in-stream-error: the vendor's error event in the middle",
    behaviour: () => ({ fault: { at: 'middle', action: 'error' } }),
  },
  {
    pattern: /^broken-json$/,
    help: 'broken-json: a body or an event that does not parse',
    behaviour: () => ({ fault: { at: 'middle', action: 'broken-json' } }),
  },
  { pattern: /^html$/, help: 'html: 200 with a web page', behaviour: () => ({ raw: htmlPage(200) }) },
  {
    pattern: /^html-(\d{3})$/,
    help: 'html-<status>: a web page with that status',
    behaviour: ([status = 502]) => ({ raw: htmlPage(status) }),
  },
  {
    pattern: /^([45]\d\d)$/,
    help: "<status>: the vendor's own error",
    behaviour: ([status = 500]) => ({ error: { status } }),
  },
  {
    pattern: /^([45]\d\d)-retry-(\d+)$/,
    help: "<status>-retry-<s>: the vendor's own error with Retry-After",
    behaviour: ([status = 429, retryAfterSeconds = 1]) => ({ error: { status, retryAfterSeconds } }),
  },
  {
    pattern: /^byte-split(?:-(\d+))?$/,
    help: 'byte-split[-<n>]: the body in packets of n bytes (1)',
    behaviour: ([bytes = 1]) => ({ sliceBytes: Math.max(1, bytes) }),
  },
  {
    pattern: /^long-stream-(\d+)$/,
    help: 'long-stream-<n>: n text deltas',
    behaviour: ([chunks = 1]) => ({ chunks }),
  },
  {
    pattern: /^big-stream-(\d+)$/,
    help: 'big-stream-<n>: n MiB of text',
    behaviour: ([mebibytes = 1]) => ({ contentBytes: mebibytes * 1024 * 1024 }),
  },
]

/** The scenarios as lines for people: what may stand after `simulated-` in a model's name. */
export const scenarioHelp: readonly string[] = scenarios.map((scenario) => `${marker}${scenario.help}`)

/** A model's name without its scenario, and the scenario's behaviour. `undefined` = no such scenario. */
export function readScenario(
  model: string,
): { readonly base: string; readonly behaviour: Behaviour } | undefined {
  const at = model.indexOf(marker)
  if (at < 0) return { base: model, behaviour: {} }
  if (at > 0 && model[at - 1] !== '-') return undefined
  const name = model.slice(at + marker.length)
  for (const scenario of scenarios) {
    const found = scenario.pattern.exec(name)
    if (!found) continue
    const numbers = found.slice(1).flatMap((digits) => (digits === undefined ? [] : [Number(digits)]))
    return { base: model.slice(0, Math.max(0, at - 1)), behaviour: scenario.behaviour(numbers) }
  }
  return undefined
}

function htmlPage(status: number) {
  const title = status === 200 ? 'Welcome' : `${status} Bad gateway`
  const page = `<!DOCTYPE html>\n<html><head><title>${title}</title></head>\n<body><h1>${title}</h1></body></html>\n`
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, parts: [page] }
}
