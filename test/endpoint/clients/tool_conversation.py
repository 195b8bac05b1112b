"""Two turns with a tool through the openai package; what came is printed as one JSON object."""

import json
import os

from openai import OpenAI

client = OpenAI(max_retries=0)
question = {"role": "user", "content": os.environ["QUESTION"]}
tool = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": json.loads(os.environ["PARAMETERS"]),
    },
}
settings = dict(model="tiny", max_tokens=64, seed=3, tools=[tool], parallel_tool_calls=False)

first = client.chat.completions.create(messages=[question], tool_choice="required", **settings)
choice = first.choices[0]
call = choice.message.tool_calls[0]

pieces = ""
for chunk in client.chat.completions.create(messages=[question], tool_choice="required", stream=True, **settings):
    for delta in chunk.choices:
        for part in delta.delta.tool_calls or []:
            pieces += part.function.arguments or ""

result = {"role": "tool", "tool_call_id": call.id, "content": '{"temperature": 19, "sky": "clear"}'}
messages = [question, choice.message, result]
second = client.chat.completions.create(messages=messages, tool_choice="none", **settings)

with client.responses.stream(model="tiny", input="Say hello.", max_output_tokens=16) as stream:
    text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")

print(
    json.dumps(
        {
            "name": call.function.name,
            "finish": choice.finish_reason,
            "arguments": json.loads(call.function.arguments),
            "streamed": json.loads(pieces),
            "answer": second.choices[0].message.content,
            "response": text,
        }
    )
)
