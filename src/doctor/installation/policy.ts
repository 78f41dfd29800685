import type { Config } from "../../config.ts";
import type { Policy } from "../../policy/ground.ts";
import { policyFrom } from "../../policy-file.ts";
import type { Environment } from "../../providers/provider.ts";
import type { Check } from "../finding.ts";

/** What holds for routes; the environment alone where the file cannot be used. */
export function policyInForce(config: Config, env: Environment): Policy {
  const read = policyFrom(env, config.ground);
  return "policy" in read ? read.policy : config.policy;
}

export function policyCheck(config: Config, env: Environment): Check {
  return {
    name: "policy",
    run: async () => {
      const read = policyFrom(env, config.ground);
      if ("faults" in read) {
        return read.faults.map((fault) => ({
          level: "fail",
          what: fault,
          why: "otpost does not start with this file; one that runs goes on with the earlier one.",
          todo: "Correct the file, then: otpost routes check",
        }));
      }
      const { path, hash, warnings } = read.policy;
      if (warnings.length === 0) {
        const what = path === undefined ? "none: the environment alone" : `${path} is fit for use (${hash})`;
        return [{ level: "ok", what }];
      }
      return warnings.map((warning) => ({
        level: "warn",
        what: warning,
        why: "It is allowed, and probably not meant.",
        todo: "Change the file, then: otpost routes check",
      }));
    },
  };
}
