import { defineConfig } from "vitest/config";

/** The projects of the test suite; what each one needs and proves stands in test/README.md. */
export default defineConfig({
  test: {
    // Most of the long tests wait for clocks: two at a time fit on two cores, which vitest would give one worker.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          setupFiles: ["test/support/seed.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "property",
          include: ["test/property/**/*.test.ts"],
          setupFiles: ["test/support/seed.ts", "test/property/runs.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts", "test/conformance/**/*.test.ts"],
          setupFiles: ["test/support/seed.ts"],
          globalSetup: ["test/support/global-redis.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/support/global-build.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "fault",
          include: ["test/fault/**/*.test.ts"],
          globalSetup: ["test/support/global-build.ts"],
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "php",
          include: ["test/php/**/*.test.ts"],
          globalSetup: ["test/support/global-build.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/support/global-build.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
