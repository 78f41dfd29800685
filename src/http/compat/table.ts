import type { FrontEnd } from "./front-end.ts";
import { huawei } from "./huawei.ts";
import { playsms } from "./playsms.ts";
import { seven } from "./seven.ts";
import { signal } from "./signal.ts";
import { sms } from "./sms.ts";

/** Every front end. A new one is one file and one line here. */
export const FRONT_ENDS: readonly FrontEnd[] = [playsms, signal, huawei, seven, sms];
