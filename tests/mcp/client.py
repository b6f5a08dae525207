"""Talks to `leakscope mcp` with the official client, and prints what it answers as JSON.

Usage: client.py LEAKSCOPE FOLDER MODE, where MODE is `auto` (without a handshake) or `legacy` (with one).
"""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters

SHOP = "testdata/series/shop"
CALLS = [
    ("analyze", {"paths": [SHOP]}),
    ("analyze", {"paths": [SHOP], "focus": "main.mail", "rows": 1}),
    ("stack", {"paths": [SHOP], "fingerprint": "5b10cf99"}),
    ("rule", {"rule": "chan-send-stuck"}),
    ("analyze", {"paths": ["/etc"]}),
]


async def main(binary, folder, mode):
    server = StdioServerParameters(command=binary, args=["mcp"], cwd=folder)
    async with Client(server, mode=mode) as client:
        tools = await client.list_tools()
        answers = [await client.call_tool(name, arguments) for name, arguments in CALLS]
        print(json.dumps({
            "version": client.protocol_version,
            "server": client.server_info.name,
            "tools": [{"name": it.name, "read_only": it.annotations.read_only_hint} for it in tools.tools],
            "answers": [{"text": it.content[0].text, "is_error": it.is_error} for it in answers],
        }))


asyncio.run(main(*sys.argv[1:]))
