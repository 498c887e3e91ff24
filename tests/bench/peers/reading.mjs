// The list of readings for servers that take a schema and resolvers: the statement is Kvartal's own.
import { readFileSync } from "node:fs";

import pg from "pg";

const asText = (text) => text;
for (const type of [pg.types.builtins.DATE, pg.types.builtins.TIMESTAMPTZ])
  pg.types.setTypeParser(type, asText);

export const schema = `
  type Building { address: String! }
  type Premise { number: String! }
  type Account { number: String! }
  type Meter {
    identifier: String serialNumber: String type: String! status: String!
    building: Building! premise: Premise account: Account
  }
  type Reading {
    id: ID! billingMonth: String! takenOn: String! submittedAt: String! channel: String!
    authorKind: String! consumption: String unit: String! needsReview: Boolean! version: Int!
    meter: Meter!
  }
  type ReadingConnection { nodes: [Reading!]! }
  type Query { readings(first: Int!): ReadingConnection! }
`;

const numbered = (id, number) => (id === null ? null : { number });

export const resolvers = {
  Reading: {
    id: (row) => Buffer.from(`Reading:${row.id}`).toString("base64url"),
    billingMonth: (row) => row.billing_month.slice(0, 7),
    takenOn: (row) => row.taken_on,
    submittedAt: (row) => row.submitted_at,
    authorKind: (row) => row.author_kind,
    unit: (row) => (row.meter_type.startsWith("ELECTRICITY") ? "KWH" : "M3"),
    needsReview: (row) => row.needs_review,
    meter: (row) => row,
  },
  Meter: {
    identifier: (row) => row.meter_identifier,
    serialNumber: (row) => row.meter_serial_number,
    type: (row) => row.meter_type,
    status: (row) => row.meter_status,
    building: (row) => ({ address: row.meter_building_address }),
    premise: (row) => numbered(row.meter_premise_id, row.meter_premise_number),
    account: (row) => numbered(row.meter_account_id, row.meter_account_number),
  },
};

/** Resolvers that send the statement of `file` (`text`, `args`) over eight connections. */
export function connected(database, file) {
  const pool = new pg.Pool({ connectionString: database, max: 8, idleTimeoutMillis: 0 });
  const { text, args } = JSON.parse(readFileSync(file, "utf8"));
  const readings = async (_, { first }) => {
    const { rows } = await pool.query({ name: "list", text, values: args });
    return { nodes: rows.slice(0, first) };
  };
  return { ...resolvers, Query: { readings } };
}
