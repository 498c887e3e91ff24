// PostGraphile over the tables themselves: no credentials, no rules.
import { createServer } from "node:http";

import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [database, port] = process.argv.slice(2);
const served = postgraphile({
  extends: [PostGraphileAmberPreset],
  // It would hide the readings of a meter: their key's columns begin no index, two of them do.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [makePgService({ connectionString: database, schemas: ["public"], poolConfig: { max: 8, idleTimeoutMillis: 0 } })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false },
});
const server = createServer();
await served.createServ(grafserv).addTo(server);
server.listen(Number(port), "127.0.0.1");
