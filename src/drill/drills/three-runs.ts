import type { Run } from "../drill.ts";

/** About one in six people in Germany. */
export const REACH = 0.16;

export const FEW = "Telegram for 16 %";
export const ALL = "Telegram for all";
export const SECOND_SMS = "16 % + second SMS";

/** The same trouble with each of the three second routes that an installation may have. */
export const THREE_RUNS: readonly Run[] = [
  {
    name: FEW,
    means: "routes seven, Telegram Gateway; Telegram knows one number in six",
    faults: { telegram: { reach: REACH } },
  },
  {
    name: ALL,
    means: "the same routes; Telegram knows every number",
    faults: { telegram: { reach: 1 } },
  },
  {
    name: SECOND_SMS,
    means: "routes seven, Telegram Gateway for one in six, GatewayAPI from providers/gatewayapi.json",
    faults: { telegram: { reach: REACH } },
    secondSms: true,
  },
];
