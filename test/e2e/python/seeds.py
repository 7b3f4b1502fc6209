"""The Python of the two documents that the gateway honours, against the gateway named by GATEWAY.

DIRECT names a server that stands for the vendor's own address, where a document compares with it.
"""

import os
import statistics
import time

import anthropic
import openai
from openai import OpenAIError

gateway = os.environ["GATEWAY"]
direct = os.environ["DIRECT"]
openai_key = anthropic_key = "any-key"
direct_key = os.environ["DIRECT_KEY"]


def openai_client(**options):
    return openai.OpenAI(base_url=f"{gateway}/openai", api_key=openai_key, **options)


def quick_migration():
    client = openai_client()
    response = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello!"}]
    )
    assert response.choices[0].message.content


def vision():
    client = openai_client()
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    response = client.chat.completions.create(
        model="gpt-4o",
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What's in this image?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{pixel}"}},
                ],
            }
        ],
    )
    assert response.choices[0].message.content


def streaming():
    client = openai_client()
    stream = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "Tell me a story"}], stream=True
    )
    pieces = []
    for chunk in stream:
        if chunk.choices[0].delta.content is not None:
            pieces.append(chunk.choices[0].delta.content)
    assert len(pieces) > 1, pieces


def custom_headers():
    client = openai_client(default_headers={"X-Organization": "your-org-id", "X-Environment": "production"})
    response = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello!"}]
    )
    assert response.choices[0].message.content


def error_handling():
    client = openai_client(max_retries=0)
    try:
        client.chat.completions.create(
            model="no-such-model", messages=[{"role": "user", "content": "Hello!"}]
        )
    except OpenAIError as e:
        assert isinstance(e, openai.NotFoundError), e
    else:
        raise AssertionError("an unknown model was answered")


def compatibility():
    bifrost_client = openai_client()
    # The vendor's own address; the client adds the rest of the path.
    vendor_client = openai.OpenAI(base_url=f"{direct}/v1", api_key=direct_key)
    test_message = [{"role": "user", "content": "Hello, test!"}]
    bifrost_response = bifrost_client.chat.completions.create(model="gpt-4o-mini", messages=test_message)
    vendor_response = vendor_client.chat.completions.create(model="gpt-4o-mini", messages=test_message)
    assert bifrost_response.choices[0].message.content is not None
    assert vendor_response.choices[0].message.content is not None
    assert bifrost_response.model_dump().keys() == vendor_response.model_dump().keys()


def multi_provider():
    client = openai.OpenAI(base_url=f"{gateway}/openai", api_key="dummy")
    for model in ("gpt-4o-mini", "anthropic/claude-3-sonnet-20240229", "vertex/gemini-pro"):
        response = client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "Hello!"}]
        )
        assert response.choices[0].message.content, model


def anthropic_compatibility():
    client = anthropic.Anthropic(base_url=f"{gateway}/anthropic", api_key=anthropic_key)
    response = client.messages.create(
        model="claude-3-sonnet-20240229", max_tokens=100, messages=[{"role": "user", "content": "test"}]
    )
    assert response.content[0].text


def performance_benchmarking():
    latencies = []
    for _ in range(10):
        start_time = time.time()
        client = openai_client()
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}])
        latencies.append(time.time() - start_time)
    assert statistics.median(latencies) > 0


def function_calling():
    client = openai_client()
    response = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "What files are in the current directory?"}],
        tools=[
            {
                "type": "function",
                "function": {
                    "name": "list_directory",
                    "description": "List files in a directory",
                    "parameters": {
                        "type": "object",
                        "properties": {"path": {"type": "string", "description": "Directory path"}},
                        "required": ["path"],
                    },
                },
            }
        ],
        tool_choice="required",
    )
    assert response.choices[0].message.tool_calls[0].function.name == "list_directory"


SNIPPETS = (
    quick_migration,
    vision,
    streaming,
    custom_headers,
    error_handling,
    compatibility,
    multi_provider,
    anthropic_compatibility,
    performance_benchmarking,
    function_calling,
)

for snippet in SNIPPETS:
    snippet()
    print("ok", snippet.__name__, flush=True)
