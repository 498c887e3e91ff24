import type { CodegenConfig } from "@graphql-codegen/cli";

const text = ["Date", "DateTime", "Decimal", "UUID", "Upload", "YearMonth"];

const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: "operations.graphql",
  generates: {
    "client/graphql.ts": {
      plugins: ["typescript-operations", "typed-document-node"],
      config: {
        strictScalars: true,
        scalars: { ...Object.fromEntries(text.map((name) => [name, "string"])), JSON: "unknown" },
      },
    },
  },
};

export default config;
