import { Command } from "commander";
import { work } from "../../workers/main.ts";
import { serve } from "../server.ts";

/** `otpost serve` and `otpost work`: the two halves of the service as processes of their own. */

export function serveCommand(): Command {
  return new Command("serve")
    .description("intake, reports and operator listener; needs REDIS_URL or a running `otpost up`")
    .action(() => serve(process.env));
}

export function workCommand(): Command {
  return new Command("work")
    .description("the workers; needs REDIS_URL or a running `otpost up`")
    .action(() => work(process.env));
}
