import OpenAI from 'openai'
import OpenAI2025 from 'openai-2025'
import type { Answered, Ask, ClientRow } from './client.ts'

/** The two generations have the same methods; their requests differ. */
const generations = { openai: OpenAI, 'openai (mid 2025)': OpenAI2025 as unknown as typeof OpenAI } as const

type Client = typeof OpenAI

const instructions = { role: 'system', content: 'Be brief.' } as const

function chat(Client: Client): Ask {
  return async (baseURL, model, text) => {
    const client = new Client({ baseURL, apiKey: 'dummy', maxRetries: 0 })
    const completion = await client.chat.completions.create({
      model,
      max_completion_tokens: 200,
      messages: [instructions, { role: 'user', content: text }],
    })
    return {
      text: completion.choices[0]?.message.content ?? '',
      input: completion.usage?.prompt_tokens ?? 0,
      output: completion.usage?.completion_tokens ?? 0,
    }
  }
}

function chatStream(Client: Client): Ask {
  return async (baseURL, model, text) => {
    const client = new Client({ baseURL, apiKey: 'dummy', maxRetries: 0 })
    const stream = await client.chat.completions.create({
      model,
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 200,
      messages: [instructions, { role: 'user', content: text }],
    })
    let answered: Answered = { text: '', input: 0, output: 0 }
    for await (const chunk of stream) {
      answered = {
        text: answered.text + (chunk.choices[0]?.delta.content ?? ''),
        input: chunk.usage?.prompt_tokens ?? answered.input,
        output: chunk.usage?.completion_tokens ?? answered.output,
      }
    }
    return answered
  }
}

function responses(Client: Client): Ask {
  return async (baseURL, model, text) => {
    const client = new Client({ baseURL, apiKey: 'dummy', maxRetries: 0 })
    const response = await client.responses.create({ model, instructions: 'Be brief.', input: text })
    return {
      text: response.output_text,
      input: response.usage?.input_tokens ?? 0,
      output: response.usage?.output_tokens ?? 0,
    }
  }
}

function responsesStream(Client: Client): Ask {
  return async (baseURL, model, input) => {
    const client = new Client({ baseURL, apiKey: 'dummy', maxRetries: 0 })
    const stream = client.responses.stream({ model, instructions: 'Be brief.', input })
    // The older client's last response lacks the text that it puts together elsewhere.
    let text = ''
    for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta
    const response = await stream.finalResponse()
    return {
      text,
      input: response.usage?.input_tokens ?? 0,
      output: response.usage?.output_tokens ?? 0,
    }
  }
}

function completions(Client: Client): Ask {
  return async (baseURL, model, text) => {
    const client = new Client({ baseURL, apiKey: 'dummy', maxRetries: 0 })
    const completion = await client.completions.create({ model, prompt: text, max_tokens: 200 })
    return {
      text: completion.choices[0]?.text ?? '',
      input: completion.usage?.prompt_tokens ?? 0,
      output: completion.usage?.completion_tokens ?? 0,
    }
  }
}

export const openaiRows: readonly ClientRow[] = Object.entries(generations).flatMap(([name, Client]) => {
  const row = (what: string, surface: string, ask: Ask): ClientRow => ({
    title: `${name}, ${what} at ${surface}`,
    surface,
    own: 'openai',
    ask,
  })
  return [
    row('chat', '/openai', chat(Client)),
    row('chat streamed', '/openai/v1', chatStream(Client)),
    row('chat', '/v1', chat(Client)),
    row('responses', '/openai/v1', responses(Client)),
    row('responses streamed', '/openai', responsesStream(Client)),
    row('completions', '/openai/v1', completions(Client)),
  ]
})
