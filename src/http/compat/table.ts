import { authentik } from "./authentik.ts";
import type { FrontEnd } from "./front-end.ts";
import { huawei } from "./huawei.ts";
import { keycloak } from "./keycloak.ts";
import { playsms } from "./playsms.ts";
import { privacyidea } from "./privacyidea.ts";
import { seven } from "./seven.ts";
import { signal } from "./signal.ts";
import { sms } from "./sms.ts";
import { supabase } from "./supabase.ts";
import { zitadel } from "./zitadel.ts";

/** Every front end. A new one is one file and one line here. */
export const FRONT_ENDS: readonly FrontEnd[] = [
  playsms,
  signal,
  huawei,
  seven,
  sms,
  privacyidea,
  authentik,
  keycloak,
  zitadel,
  supabase,
];
