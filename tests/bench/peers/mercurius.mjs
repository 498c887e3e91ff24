// Mercurius with graphql-jit: the list of readings by Kvartal's own statement.
import Fastify from "fastify";
import mercurius from "mercurius";

import { connected, schema } from "./reading.mjs";

const [database, port, file] = process.argv.slice(2);
const app = Fastify();
app.register(mercurius, { schema, resolvers: connected(database, file), jit: 1, graphiql: false });
await app.listen({ port: Number(port), host: "127.0.0.1" });
