import { z } from "zod";

/** The body of a send, as far as the service uses it; other fields are allowed and ignored. */
const letterSchema = z.object({
  sender: z.string().min(1).max(15),
  message: z.string().min(1).max(1_377),
  // Clients were seen to write the number as text and as number.
  recipients: z.array(z.object({ msisdn: z.union([z.string(), z.number()]) })).min(1),
  userref: z.string().max(64).optional(),
  callback_url: z.string().max(2_000).optional(),
  validity_period: z.int().min(1).optional(),
});

export type Letter = z.output<typeof letterSchema>;

/** undefined for a body that is no valid send. */
export function letterOf(body: string): Letter | undefined {
  try {
    return letterSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/** Digits without a plus. The real one takes thousands; whoever sends a code to several makes a mistake. */
export function onlyRecipient({ recipients: [first, ...others] }: Letter): string | undefined {
  const digits = others.length > 0 ? "" : String(first?.msisdn).replace(/^\+/, "");
  return /^[1-9]\d{6,14}$/.test(digits) ? digits : undefined;
}
