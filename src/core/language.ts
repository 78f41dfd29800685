/** The languages in which people read of deliveries. English is what the API speaks. */
export const LANGUAGES = ["en", "de"] as const;

export type Language = (typeof LANGUAGES)[number];
