// The reference clients of graphql-transport-ws and of server-sent events.
import assert from "node:assert/strict";
import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";

const url = process.env.KVARTAL_URL;
const token = process.env.KVARTAL_RESIDENT_TOKEN;
const headers = { Authorization: `Bearer ${token}` };

async function first(client, request) {
  for await (const answer of client.iterate(request)) return answer;
}

async function all(client, request) {
  const answers = [];
  for await (const answer of client.iterate(request)) answers.push(answer);
  return answers;
}

async function check(client) {
  const [viewer] = await all(client, { query: "{ viewer { __typename } }" });
  assert.deepEqual(viewer, { data: { viewer: { __typename: "ResidentViewer" } } });

  const premises = await first(client, { query: "{ premises { nodes { id } } }" });
  const [{ id }] = premises.data.premises.nodes;
  const widget = await first(client, {
    query: "subscription ($id: ID!) { homeWidgetChanged(premiseId: $id) { __typename } }",
    variables: { id },
  });
  assert.equal(widget.errors, undefined);
  assert.ok(widget.data.homeWidgetChanged.__typename);

  // A syntax error is this operation's alone.
  await assert.rejects(async () => {
    const [answer] = await all(client, { query: "{" });
    if (answer?.errors) throw answer.errors;
  });
  assert.equal((await all(client, { query: "{ __typename }" })).length, 1);
}

const ws = createWs({
  url: url.replace("http", "ws"),
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: headers.Authorization },
  retryAttempts: 0,
});
await check(ws);
await ws.dispose();
console.log("graphql-ws: queries, a subscription, an error");

const sse = createSse({ url, headers, retryAttempts: 0 });
await check(sse);
sse.dispose();
console.log("graphql-sse: queries, a subscription, an error");
