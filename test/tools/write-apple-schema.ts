/** `npm run apple-schema`: writes the tables and the page that are made from Apple's schema. */
import { writeFileSync } from "node:fs";
import { appleSchemaFolder } from "./apple-schema.ts";
import { writeAppleSchemaFiles } from "./apple-schema-files.ts";

const folder = appleSchemaFolder();
if (folder === null) throw new Error("Apple's schema is not beside the repository (see CONTRIBUTING.md)");
for (const { path, text } of writeAppleSchemaFiles(folder)) writeFileSync(path, text);
