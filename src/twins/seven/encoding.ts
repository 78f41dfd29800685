/** GSM 03.38 basic table and its extension; anything else makes the whole text UCS-2. */
const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà\f^{}\\[~\]|€]*$/;
const EXTENDED = /[\f^{}\\[~\]|€]/g;

/** Encoding and billable parts. 153 and 67 per part are those of seven's own sms-counter. */
export function measure(text: string): { encoding: "gsm" | "ucs2"; parts: number } {
  if (!GSM.test(text))
    return { encoding: "ucs2", parts: text.length <= 70 ? 1 : Math.ceil(text.length / 67) };
  const units = text.length + (text.match(EXTENDED)?.length ?? 0);
  return { encoding: "gsm", parts: units <= 160 ? 1 : Math.ceil(units / 153) };
}
