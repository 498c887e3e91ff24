// The audits of the GraphQL-over-HTTP specification, as a stranger and as an employee.
import { serverAudits } from "graphql-http";

let failed = 0;
for (const token of [undefined, process.env.KVARTAL_TOKEN]) {
  const own = token ? { authorization: `Bearer ${token}` } : {};
  const fetchFn = (url, init = {}) => fetch(url, { ...init, headers: { ...init.headers, ...own } });
  const audits = serverAudits({ url: process.env.KVARTAL_URL, fetchFn });
  for (const audit of audits) {
    const result = await audit.fn();
    if (result.status !== "ok") {
      failed += 1;
      console.error(result.status, audit.id, audit.name, result.reason);
    }
  }
  console.log(`${audits.length} audits ${token ? "as an employee" : "as a stranger"}`);
}
process.exit(failed ? 1 : 0);
