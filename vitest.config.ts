import { defineConfig } from "vitest/config";

// Pure suites share one module graph (no isolation); suites that need the database start it once.
const pureFolders = ["src/protocol/**/*.test.ts", "test/architecture.test.ts"];
const conditions = ["source", "node"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // What is waited for comes within a second on a quiet machine only.
    expect: { poll: { timeout: 30_000, interval: 20 } },
    reporters: ["default", "./test/tools/plain-line-reporter.ts"],
    projects: [
      {
        extends: true,
        test: { name: "pure", include: pureFolders, isolate: false, testTimeout: 20_000 },
      },
      {
        extends: true,
        test: {
          name: "real",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: pureFolders,
          globalSetup: ["test/tools/database-global-setup.ts"],
          // Longer than whatever a test waits for: the tools' own limits say what did not come, this one does not.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
          // Projects with unlike numbers of workers must run one after the other, or none runs at all.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
