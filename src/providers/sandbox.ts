import { z } from "zod";
import { isMsisdn } from "../core/phone.ts";
import { defineProvider } from "./provider.ts";

/** Takes everything and sends nothing, for work on a client without any account. Never reports. */
export const sandbox = defineProvider({
  name: "sandbox",
  routeId: "sandbox",
  channel: "sandbox",
  settings: z.object({ SANDBOX: z.literal("1", "must be 1") }),
  key: "SANDBOX",
  rules: {
    silenceMs: undefined,
    canLookUp: false,
    canReadStatus: false,
    needsConsent: false,
    reach: 1,
    lockMs: 0,
  },
  lane: () => ({ perSecond: 0, concurrency: 64 }),
  create: () => ({
    carries: () => true,
    send: ({ to, reference }, signal) => {
      if (!isMsisdn(to)) return Promise.resolve({ kind: "refused", reason: "recipient_invalid" });
      if (signal.aborted) return Promise.resolve({ kind: "unavailable", reason: "connect" });
      return Promise.resolve({ kind: "accepted", providerMessageId: `sandbox-${reference}` });
    },
    close: () => Promise.resolve(),
  }),
});
