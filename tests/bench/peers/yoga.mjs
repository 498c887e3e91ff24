// GraphQL Yoga: the list of readings by Kvartal's own statement.
import { createServer } from "node:http";

import { createSchema, createYoga } from "graphql-yoga";

import { connected, schema } from "./reading.mjs";

const [database, port, file] = process.argv.slice(2);
const yoga = createYoga({
  schema: createSchema({ typeDefs: schema, resolvers: connected(database, file) }),
  graphiql: false,
  landingPage: false,
  logging: false,
});
createServer(yoga).listen(Number(port), "127.0.0.1");
