"""The console page: everything in one response, under a strict policy."""

import re

import httpx
import orjson

HTML = {"accept": "text/html"}


async def test_the_page_runs_only_its_own_script(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", headers=HTML)

    policy = response.headers["content-security-policy"]
    (nonce,) = re.findall(r"script-src 'nonce-([\w-]+)'", policy)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    tags = re.findall(r"<(?:script|style)[^>]*>", response.text)
    assert len(tags) == 3
    assert all(f'nonce="{nonce}"' in tag for tag in tags)
    assert not re.search(r"\son\w+=|\sstyle=", response.text)


async def test_the_page_needs_no_other_server(client: httpx.AsyncClient) -> None:
    page = (await client.get("/graphql", headers=HTML)).text

    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert "https://" not in page.replace('https:" ?', "")
    assert "__" + "NONCE" not in page
    assert "__" + "EXAMPLES" not in page


async def test_each_page_has_its_own_nonce(client: httpx.AsyncClient) -> None:
    pages = [await client.get("/graphql", headers=HTML) for _ in range(2)]

    policies = {page.headers["content-security-policy"] for page in pages}
    assert len(policies) == 2


async def test_the_examples_are_in_the_page_and_cannot_leave_their_element(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/graphql", headers=HTML)).text

    (data,) = re.findall(r'<script id="data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert orjson.loads(data) == [
        {"title": "Hello </script>", "role": "resident", "query": "{ hello }", "variables": {}}
    ]
