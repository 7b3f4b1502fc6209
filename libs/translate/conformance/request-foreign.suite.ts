import type { Json, WireId } from '#contract'
import { ask, assistant, hi, type RequestScenario, say, user } from './request-scenario.suite.ts'

/** A vendor's own tool, as its callers name it. */
const serverTools: { readonly [wire in WireId]?: Json } = {
  'openai-chat': { type: 'custom', custom: { name: 'sql', description: 'Runs SQL.' } },
  'openai-responses': { type: 'web_search' },
  'anthropic-messages': { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
  'gemini-generate': { googleSearch: {} },
}

/** A block that the vendor alone understands, in the turn of whom it belongs to. */
const blocks: readonly { readonly wire: WireId; readonly by: 'user' | 'assistant'; readonly value: Json }[] =
  [
    {
      wire: 'anthropic-messages',
      by: 'user',
      value: {
        type: 'search_result',
        source: 'https://example.com',
        title: 'Weather',
        content: [{ type: 'text', text: 'Sunny.' }],
      },
    },
    {
      wire: 'anthropic-messages',
      by: 'assistant',
      value: { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'weather' } },
    },
    {
      wire: 'gemini-generate',
      by: 'assistant',
      value: { executableCode: { language: 'PYTHON', code: 'print(1)' } },
    },
    { wire: 'bedrock-converse', by: 'user', value: { guardContent: { text: { text: 'Check this.' } } } },
  ]

/** What only one wire knows: whole towards that wire, told elsewhere. */
export const foreignRequests: readonly RequestScenario[] = [
  ...Object.entries(serverTools).map(
    ([wire, value]): RequestScenario => ({
      name: `a server tool of ${wire}`,
      request: ask({ tools: [{ type: 'opaque', wire: wire as WireId, value }] }),
    }),
  ),
  ...blocks.map(({ wire, by, value }): RequestScenario => {
    const block = { type: 'opaque', wire, value } as const
    return {
      name: `an unknown block of ${wire} by the ${by}`,
      request: ask({
        messages:
          by === 'user'
            ? [user(say('Look:'), block)]
            : [hi, assistant(block, say('Sunny.')), user(say('And?'))],
      }),
    }
  }),
  ...(
    [
      'openai-chat',
      'openai-responses',
      'anthropic-messages',
      'gemini-generate',
      'bedrock-converse',
      'cohere-v2',
    ] as const
  ).map(
    (wire): RequestScenario => ({
      name: `an unknown parameter of ${wire}`,
      request: ask({ extensions: { [wire]: { brand_new_option: { level: 3 } } } }),
      strangers: ['brand_new_option'],
    }),
  ),
  {
    name: 'citations in the history (anthropic-messages)',
    request: ask({
      messages: [
        hi,
        assistant({
          type: 'text',
          text: 'Sunny.',
          citations: [
            {
              type: 'char_location',
              cited_text: 'sunny',
              document_index: 0,
              document_title: null,
              start_char_index: 0,
              end_char_index: 5,
            },
          ],
        }),
        user(say('And?')),
      ],
    }),
  },
]
