import { readFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { type Contract, ContractFault, parseContract } from "../twins/seven/contract.ts";

/** Value of an option that names a file of `otpost doctor --live`. */
export function contractFile(path: string): Contract {
  try {
    return parseContract(readFileSync(path, "utf8"), path);
  } catch (error) {
    const why = error instanceof ContractFault ? error.message : `${path} cannot be read.`;
    throw new InvalidArgumentError(why);
  }
}
