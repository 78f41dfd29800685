/** How figures of the race are written. */

/** A tenth of a second is all that eyes can follow; below it two digits, so that no wait reads as none. */
export function seconds(ms: number | undefined): string {
  if (ms === undefined) return "-";
  if (ms === Number.POSITIVE_INFINITY) return "never";
  return ms < 100 ? `${(ms / 1_000).toFixed(2)} s` : `${(ms / 1_000).toFixed(1)} s`;
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${Math.floor((100 * part) / whole)} %`;
}

/** Each currency for itself: a rate of exchange would be a figure that nobody measured. */
export function money({ eur, usd }: { eur: number; usd: number }): string {
  return usd === 0 ? `${eur.toFixed(2)} EUR` : `${eur.toFixed(2)} EUR + ${usd.toFixed(2)} USD`;
}

export function copies({ sms, telegram }: { sms: number; telegram: number }): string {
  return telegram === 0 ? `${sms} SMS` : `${sms} SMS + ${telegram} Telegram`;
}
