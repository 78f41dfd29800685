/** One thing that must not hold a secret: a log, a dump, an answer. */
export type Straw = { where: string; bytes: Buffer };
export type Leak = { where: string; form: string };

export function straw(where: string, content: string | Buffer): Straw {
  return { where, bytes: Buffer.isBuffer(content) ? content : Buffer.from(content) };
}

/** Looks for every secret in every form in which one could be read again without a key. */
export function findLeaks(hay: readonly Straw[], secrets: { codes: string[]; numbers: string[] }): Leak[] {
  const needles = [
    ...secrets.codes.flatMap((code, n) => formsOf(code, `code ${n + 1}`)),
    ...secrets.numbers.flatMap((number, n) => numberForms(number, `number ${n + 1}`)),
  ];
  return hay.flatMap(({ where, bytes }) =>
    needles.filter(({ bytes: needle }) => bytes.includes(needle)).map(({ form }) => ({ where, form })),
  );
}

type Needle = { form: string; bytes: Buffer };

/** +49 151 ... as it is, without the plus, and as dialled inside Germany; the last holds both others as well. */
function numberForms(number: string, name: string): Needle[] {
  const digits = number.slice(1);
  const inside = number.replace(/^\+49/, "");
  return [number, digits, `0${inside}`, inside].flatMap((text) => formsOf(text, name));
}

function formsOf(text: string, name: string): Needle[] {
  const hex = Buffer.from(text).toString("hex");
  const forms: [string, string][] = [
    ["plain", text],
    ["hex", hex],
    ["HEX", hex.toUpperCase()],
    ["utf-16", Buffer.from(text, "utf16le").toString("latin1")],
    ["reversed", text.split("").reverse().join("")],
    ...base64Forms(text),
  ];
  return forms.map(([form, needle]) => ({
    form: `${name} as ${form}`,
    bytes: Buffer.from(needle, "latin1"),
  }));
}

/** Base64 of a text that may stand anywhere inside a longer one: three alignments, without their ragged ends. */
function base64Forms(text: string): [string, string][] {
  return [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const skip = offset === 0 ? 0 : offset + 1;
    const whole = Math.floor((padded.length * 8) / 6);
    return [`base64 at ${offset}`, padded.toString("base64").slice(skip, whole)];
  });
}
