"""Asks the gateway with the official Python packages.

Reads rows as JSON on stdin: {"client", "surface", "model", "text"}; writes one JSON line per row:
{"text", "input", "output"} or {"error"}.
"""

import json
import sys
import traceback

import anthropic
import openai
from google import genai


def openai_chat(surface, model, text):
    client = openai.OpenAI(base_url=surface, api_key="dummy", max_retries=0)
    completion = client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])
    usage = completion.usage
    return completion.choices[0].message.content, usage.prompt_tokens, usage.completion_tokens


def openai_chat_stream(surface, model, text):
    client = openai.OpenAI(base_url=surface, api_key="dummy", max_retries=0)
    stream = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": text}],
        stream=True,
        stream_options={"include_usage": True},
    )
    whole, usage = "", None
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            whole += chunk.choices[0].delta.content
        usage = chunk.usage or usage
    return whole, usage.prompt_tokens, usage.completion_tokens


def openai_responses(surface, model, text):
    client = openai.OpenAI(base_url=surface, api_key="dummy", max_retries=0)
    response = client.responses.create(model=model, input=text)
    return response.output_text, response.usage.input_tokens, response.usage.output_tokens


def openai_responses_stream(surface, model, text):
    client = openai.OpenAI(base_url=surface, api_key="dummy", max_retries=0)
    with client.responses.stream(model=model, input=text) as stream:
        for _event in stream:
            pass
        response = stream.get_final_response()
    return response.output_text, response.usage.input_tokens, response.usage.output_tokens


def anthropic_messages(surface, model, text):
    client = anthropic.Anthropic(base_url=surface, api_key="dummy", max_retries=0)
    message = client.messages.create(model=model, max_tokens=200, messages=[{"role": "user", "content": text}])
    whole = "".join(block.text for block in message.content if block.type == "text")
    return whole, message.usage.input_tokens, message.usage.output_tokens


def anthropic_messages_stream(surface, model, text):
    client = anthropic.Anthropic(base_url=surface, auth_token="dummy", max_retries=0)
    with client.messages.stream(
        model=model, max_tokens=200, messages=[{"role": "user", "content": text}]
    ) as stream:
        message = stream.get_final_message()
    whole = "".join(block.text for block in message.content if block.type == "text")
    return whole, message.usage.input_tokens, message.usage.output_tokens


def genai_client(surface):
    return genai.Client(api_key="dummy", http_options=genai.types.HttpOptions(base_url=surface))


def genai_generate(surface, model, text):
    client = genai_client(surface)
    config = genai.types.GenerateContentConfig(system_instruction="Be brief.", max_output_tokens=200, top_k=5)
    response = client.models.generate_content(model=model, contents=text, config=config)
    usage = response.usage_metadata
    return response.text, usage.prompt_token_count, usage.candidates_token_count


def genai_generate_stream(surface, model, text):
    client = genai_client(surface)
    whole, usage = "", None
    for chunk in client.models.generate_content_stream(model=model, contents=text):
        whole += chunk.text or ""
        usage = chunk.usage_metadata or usage
    return whole, usage.prompt_token_count, usage.candidates_token_count


CLIENTS = {
    function.__name__: function
    for function in (
        openai_chat,
        openai_chat_stream,
        openai_responses,
        openai_responses_stream,
        anthropic_messages,
        anthropic_messages_stream,
        genai_generate,
        genai_generate_stream,
    )
}


def main():
    for row in json.load(sys.stdin):
        try:
            text, tokens_in, tokens_out = CLIENTS[row["client"]](row["surface"], row["model"], row["text"])
            answer = {"text": text, "input": tokens_in, "output": tokens_out}
        except Exception:
            answer = {"error": traceback.format_exc(limit=3)}
        print(json.dumps(answer), flush=True)


main()
