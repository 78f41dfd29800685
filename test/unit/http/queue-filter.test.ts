import { expect, it } from "vitest";
import { filteredAnswer } from "../../../src/http/queue-filter.ts";

const CODE = "482913";

it("keeps ids and states of jobs and drops every free text, however deep", () => {
  const job = {
    id: "0198-1",
    name: "attempt",
    data: { deliveryId: "0198", attempt: 1, to: "+4917100000000", code: CODE },
    failedReason: `cannot send ${CODE}`,
    stacktrace: [`Error: ${CODE}`],
    returnValue: { text: CODE },
    opts: { attempts: 1, delay: 0, tm: CODE, parent: { id: CODE } },
    isFailed: true,
  };
  const shown = filteredAnswer({ queues: [{ name: "seven-sms", jobs: [job] }], job, logs: [CODE] });
  expect(JSON.stringify(shown)).not.toMatch(/482913|17100000000/);
  expect(shown).toMatchObject({
    queues: [
      { jobs: [{ id: "0198-1", data: { deliveryId: "0198", attempt: 1 }, opts: { attempts: 1, delay: 0 } }] },
    ],
    job: {
      failedReason: expect.stringContaining("hidden"),
      stacktrace: [],
      returnValue: null,
      isFailed: true,
    },
    logs: [],
  });
});

it("keeps fixed words for a failure", () => {
  const words = ["too_late", "job stalled more than allowable limit", ""];
  expect(words.map((failedReason) => filteredAnswer({ failedReason }))).toEqual(
    words.map((failedReason) => ({ failedReason })),
  );
});

it("shows no log of a job, which is served as a bare list of texts", () => {
  expect(filteredAnswer([`code ${CODE}`])).toEqual([]);
});
