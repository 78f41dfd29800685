import { startTwins } from "../../../src/twins/serve.ts";

const twins = await startTwins({ ledger: process.argv[2]!, faults: { ratePerSecond: 0 } });
console.log(JSON.stringify({ seven: twins.seven.url, telegram: twins.telegram.url }));
